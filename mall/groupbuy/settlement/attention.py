"""What of group-buy needs somebody."""

from __future__ import annotations

from sqlalchemy import BigInteger, DateTime, SmallInteger, String, column, select, text

from mall.groupbuy.settlement.queries import LATE_AFTER_MIN, STUCK
from mall.kernel.invariants import AttentionList
from mall.orders.models import Order
from mall.payments.models import Refund
from mall.payments.refunds.queries import STUCK as STUCK_REFUND

_AT = DateTime(timezone=True)
STUCK_MEMBERS = AttentionList(
    "stuck_group_members",
    "orders of teams that should long be released, rebated or refunded",
    "早应释放、返还或退款的拼团订单",
    text(
        f"""
        SELECT o.order_no, t.code AS team, m.due, m.due_since, m.due_tries, m.due_error
        FROM groupbuy_members m JOIN groupbuy_teams t ON t.id = m.team_id
        JOIN orders o ON o.id = m.order_id
        WHERE {STUCK} ORDER BY m.due_since
        """  # noqa: S608 - a condition of our own
    ).columns(
        column("order_no", String),
        column("team", String),
        column("due", String),
        column("due_since", _AT),
        column("due_tries", SmallInteger),
        column("due_error", String),
    ),
)
STUCK_REFUNDS = AttentionList(
    "stuck_group_refunds",
    "refunds of teams that WeChat doesn't carry out",
    "微信未执行的拼团退款",
    select(Refund.refund_no, Order.order_no, Refund.status, Refund.amount_fen, Refund.error)
    .join(Order, Order.id == Refund.order_id)
    .where(STUCK_REFUND, Refund.cause.like("groupbuy:%"))
    .order_by(Refund.id),
)
LATE_TEAMS = AttentionList(
    "late_group_teams",
    "teams whose time is over while an order is neither paid nor closed",
    "已到期但仍有订单未付款也未关闭的团",
    text(
        f"""
        SELECT t.code AS team, t.id AS team_id, t.reserved, t.expires_at FROM groupbuy_teams t
        WHERE t.status IN ('forming', 'formed') AND t.reserved > 0
          AND t.expires_at < now() - make_interval(mins => {LATE_AFTER_MIN})
        ORDER BY t.expires_at
        """  # noqa: S608 - a number of our own
    ).columns(
        column("team", String),
        column("team_id", BigInteger),
        column("reserved", SmallInteger),
        column("expires_at", _AT),
    ),
)
