"""What missions can count of birthdays: orders with the birthday's discount (docs/missions.md)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.kernel.http.schemas import whole
from mall.missions.board.filters import AT_LEAST_FEN
from mall.missions.board.order_triggers import paid_order
from mall.missions.board.triggers import Fact, Filter, Measure, Narrow, Trigger, once, own_shopper
from mall.orders.events import OrderPaid, OrderRefunded
from mall.orders.models import Order
from tests.features.birthdays.models import BirthdayDiscount


def _facts(session: Session, event: Any) -> Iterator[Fact]:
    """The order as it stands; nothing of it, when it has no discount or has it no more."""
    fact = paid_order(session, event.order_no)
    if fact is None:
        return
    year = session.scalar(
        select(BirthdayDiscount.year)
        .join(Order, Order.id == BirthdayDiscount.order_id)
        .where(Order.order_no == event.order_no)
    )
    goods = fact.goods if year else ()
    yield dataclasses.replace(fact, goods=goods, details={"year": year})


def _of_year(year: int) -> Narrow:
    return lambda fact: fact if fact.details["year"] == year else None


YEAR = Filter("year", "年份", lambda: whole(2020, 2100), read=_of_year)
BIRTHDAY_ORDER = Trigger(
    name="birthday_order",
    label="生日当天下单",
    ground="birthday_order",
    events=(OrderPaid, OrderRefunded, OrderSettled),
    shopper=own_shopper,
    facts=_facts,
    measures=(Measure("count", "订单数", "再下 {left} 单", once),),
    filters=(YEAR, AT_LEAST_FEN),
    revocable=True,
)
