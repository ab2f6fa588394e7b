"""What of prizes needs somebody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from mall.kernel.db import transaction
from mall.kernel.invariants import AttentionList, Rows
from mall.orders.models import Order
from mall.prizes.desk import OVERDUE, in_state
from mall.prizes.models import WAITING, PrizeClaim
from mall.prizes.settings import REMIND_DAYS


def _rows(query: Select[*tuple[Any, ...]]) -> Rows:
    with transaction() as session:
        return [dict(row) for row in session.execute(query).mappings()]


def _overdue() -> Rows:
    columns = (PrizeClaim.id, Order.order_no, PrizeClaim.ordered_at)
    sent_late = select(*columns).join(Order, Order.id == PrizeClaim.order_id)
    return _rows(in_state(sent_late, OVERDUE).order_by(PrizeClaim.ordered_at))


def _unclaimed() -> Rows:
    soon = func.clock_timestamp() + func.make_interval(0, 0, 0, REMIND_DAYS.get())
    columns = (PrizeClaim.id, PrizeClaim.sku_id, PrizeClaim.created_at, PrizeClaim.claim_by)
    waiting = select(*columns).where(PrizeClaim.state == WAITING, PrizeClaim.claim_by <= soon)
    return _rows(waiting.order_by(PrizeClaim.claim_by))


OVERDUE_PRIZES = AttentionList(
    "overdue_prizes", "prizes that should have been sent by now", "逾期未寄出的奖品", find=_overdue
)
UNCLAIMED_PRIZES = AttentionList(
    "unclaimed_prizes",
    "prizes that expire soon and wait for an address",
    "即将过期且未填地址的奖品",
    find=_unclaimed,
)
