"""Commission for tests: rates, orders that pay, what becomes of the orders and of the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.orders.locking import lock_order
from mall.payments.refunds.causing import rebate, refund_in_full
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.referral.commission import line_models as models
from mall.referral.commission.accruing import Payee, accrue
from mall.referral.commission.keeping import keep, keep_locked
from mall.referral.commission.line_models import CommissionLine
from mall.referral.commission.planning import make_plan
from mall.referral.commission.queries import Balance, balance_of
from mall.referral.commission.settings import SETTLE_DAYS
from mall.referral.commission.settling import settle_batch
from tests.support.groupbuy import refunds_arrive
from tests.support.orders import Buyer, buy, lines_of, make_buyer, order_of, pay, write_payment
from tests.support.promoters import make_promoter, promoter_of
from tests.support.settings import set_setting
from tests.support.users import make_shopper

ALL_GOODS = {"scope": models.ALL, "scope_id": 0, "level_id": None}


def rate(rate_bp: int, second_bp: int = 0, **place: Any) -> dict[str, Any]:
    """A rate of all goods, or of `place`."""
    return {**ALL_GOODS, **place, "rate_bp": rate_bp, "second_bp": second_bp}


def make_rates(*rates: Mapping[str, Any], replaces: int = 0) -> int:
    """A version of the rates; of all goods 10 %, and 3 % at the second level, unless said."""
    given = [dict(one) for one in rates] or [rate(1_000, 300)]
    made = make_plan(name="佣金比例", rates=given, replaces=replaces, accept_warnings=True)
    db.session.remove()
    return made.version


def make_payee(level: int = 1) -> Payee:
    """A new promoter, who is paid at this level."""
    user_id = make_shopper()[0]
    make_promoter(user_id)
    return Payee(level, user_id, promoter_of(user_id).level_id)


def bought(lines: Mapping[int, int], buyer: Buyer | None = None) -> str:
    """A paid order that may be refunded: its number."""
    order_no = buy(buyer or make_buyer(), dict(lines))
    pay(order_no)
    write_payment(order_no)
    return order_no


def brought(order_no: str, *payees: Payee) -> None:
    """The order pays these promoters, as the handler of its attribution decides."""
    with transaction() as session:
        order = lock_order(session, order_no)
        accrue(session, order, payees)
        keep_locked(session, order)
    db.session.remove()


def refund(order_no: str, units: int, position: int = 1) -> None:
    """Units of a line come back, and the money arrives; nobody has heard of it."""
    line = lines_of(order_no)[position - 1]
    request_refund(order_no, [RequestedLine(line.id, units)], 0, "不想要了")
    refunds_arrive(order_no)


def give_rebate(order_no: str, amounts: Mapping[int, int], cause: str) -> None:
    """Money back for units that are kept arrives; nobody has heard of it."""
    with transaction() as session:
        rebate(session, order_no, amounts, f"test:{cause}", "补差价")
    refunds_arrive(order_no)


def refund_all(order_no: str) -> None:
    with transaction() as session:
        refund_in_full(session, order_no, "test:all", "全退")
    refunds_arrive(order_no)


def settle_order(order_no: str) -> None:
    """The order is over for good; nobody has heard of it."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE orders SET status = 'completed', completed_at = now(), settled_at = now()"
                " WHERE order_no = :order_no"
            ),
            {"order_no": order_no},
        )
    db.session.remove()


def hear(order_no: str) -> None:
    """Commission hears a fact about the order."""
    with transaction() as session:
        keep(session, order_no)
    db.session.remove()


def settled(order_no: str) -> None:
    """The order is over, and its commission settles at once."""
    set_setting(SETTLE_DAYS, 0)
    settle_order(order_no)
    hear(order_no)
    settle_all()


def settle_all() -> int:
    """The sweep, until nothing is due: how many lines it looked at."""
    looked_at = 0
    while count := settle_batch():
        looked_at += count
    db.session.remove()
    return looked_at


def figures(user_id: int) -> tuple[int, int, int, int]:
    """Pending, available, held, debt."""
    with transaction() as session:
        found: Balance = balance_of(session, user_id)
    return found.pending_fen, found.available_fen, found.held_fen, found.debt_fen


def commission_lines(order_no: str) -> Sequence[CommissionLine]:
    """The order's lines by position and level, read afresh."""
    order_id = order_of(order_no).id
    with transaction() as session:
        return session.scalars(
            select(CommissionLine)
            .where(CommissionLine.order_id == order_id)
            .order_by(CommissionLine.position, CommissionLine.level)
            .execution_options(populate_existing=True)
        ).all()


def states(order_no: str) -> list[tuple[str, int]]:
    """(status, what is kept) of each line."""
    return [(line.status, line.kept_fen) for line in commission_lines(order_no)]
