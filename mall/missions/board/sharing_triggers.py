"""Missions about shares: what counts is what another shopper did after opening one. There is no
trigger for sharing or opening alone: nothing may be given for them (`mall/compliance`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.compliance.campaigns import INVITEE_LOGGED_IN, INVITEE_ORDERED
from mall.kernel.http.schemas import StrictBoolean
from mall.missions.board.filters import AT_LEAST_FEN, GOODS
from mall.missions.board.order_triggers import paid_order
from mall.missions.board.triggers import Fact, Filter, Measure, Narrow, Trigger, fen, once
from mall.orders.events import OrderRefunded
from mall.orders.models import Order
from mall.pricing.benefits import plain_yuan
from mall.sharing.shares.events import ShareBroughtOrder, ShareBroughtShopper, ShareShopperLeft
from mall.sharing.shares.models import ShareOrder
from mall.sharing.shares.queries import brought_shopper, sharer_of_order


def _sharer(_session: Session, event: Any) -> int:
    return int(event.sharer_id)


def _brought(session: Session, event: Any) -> Iterator[Fact]:
    """The new shopper, who counts no more when they leave soon."""
    found = brought_shopper(session, event.shopper_no)
    if found is not None:
        yield Fact(f"shopper:{event.shopper_no}", found.at, amount=int(found.stands))


def _sharer_of_order(session: Session, event: Any) -> int | None:
    return sharer_of_order(session, event.order_no)


def _ordered(session: Session, event: Any) -> Iterator[Fact]:
    """The order as it stands now. Who shared it doesn't grow in figures by it."""
    fact = paid_order(session, event.order_no)
    if fact is not None:
        first = session.scalar(
            select(ShareOrder.first_order)
            .join(Order, Order.id == ShareOrder.order_id)
            .where(Order.order_no == event.order_no)
        )
        yield dataclasses.replace(fact, adds={}, details={"first_order": bool(first)})


def _only_first(wanted: bool) -> Narrow:
    return lambda fact: fact if fact.details["first_order"] or not wanted else None


FIRST_ORDER = Filter("first_order", "仅好友的首单", StrictBoolean, read=_only_first)
INVITE = Trigger(
    name="invite",
    label="邀请新用户登录（通过分享）",
    ground=INVITEE_LOGGED_IN,
    events=(ShareBroughtShopper, ShareShopperLeft),
    shopper=_sharer,
    facts=_brought,
    measures=(Measure("count", "邀请人数", "再邀请 {left} 位新用户", once),),
    revocable=True,
)
SHARE_ORDERED = Trigger(
    name="share_ordered",
    label="好友打开分享后下单",
    ground=INVITEE_ORDERED,
    events=(ShareBroughtOrder, OrderRefunded, OrderSettled),
    shopper=_sharer_of_order,
    facts=_ordered,
    measures=(
        Measure("count", "好友订单数", "再有好友下 {left} 单", once),
        Measure("fen", "好友实付金额（分）", "好友再消费 {left} 元", fen, shown=plain_yuan),
    ),
    filters=(FIRST_ORDER, GOODS, AT_LEAST_FEN),
    revocable=True,
)
