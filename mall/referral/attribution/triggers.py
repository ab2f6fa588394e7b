"""The mission about friends' orders: what counts is what another shopper bought after opening a
share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.compliance.campaigns import INVITEE_ORDERED
from mall.kernel.http.schemas import StrictBoolean
from mall.missions.board.filters import AT_LEAST_FEN, GOODS
from mall.missions.board.order_triggers import paid_order
from mall.missions.board.triggers import Fact, Filter, Measure, Narrow, Trigger, fen, once
from mall.orders.events import OrderRefunded
from mall.pricing.benefits import plain_yuan
from mall.referral.attribution.events import OrderAttributed
from mall.referral.attribution.queries import counted_for


def _sharer(session: Session, event: Any) -> int | None:
    found = counted_for(session, event.order_no)
    return found and int(found.inviter_id)


def _ordered(session: Session, event: Any) -> Iterator[Fact]:
    """The order as it stands now. Who shared it doesn't grow in figures by it."""
    fact, found = paid_order(session, event.order_no), counted_for(session, event.order_no)
    if fact is not None and found is not None:
        yield dataclasses.replace(fact, adds={}, details={"first_order": found.first_order})


def _only_first(wanted: bool) -> Narrow:
    return lambda fact: fact if fact.details["first_order"] or not wanted else None


FIRST_ORDER = Filter("first_order", "仅好友的首单", StrictBoolean, read=_only_first)
SHARE_ORDERED = Trigger(
    name="share_ordered",
    label="好友打开分享后下单",
    ground=INVITEE_ORDERED,
    events=(OrderAttributed, OrderRefunded, OrderSettled),
    shopper=_sharer,
    facts=_ordered,
    measures=(
        Measure("count", "好友订单数", "再有好友下 {left} 单", once),
        Measure("fen", "好友实付金额（分）", "好友再消费 {left} 元", fen, shown=plain_yuan),
    ),
    filters=(FIRST_ORDER, GOODS, AT_LEAST_FEN),
    revocable=True,
)
