"""What orders tell of shoppers in the staff's list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from mall.orders.models import Order, OrderTransition
from mall.orders.states import PAID
from mall.users.figures import Figures, ShopperFigures
from mall.users.models import User

_PAID = Order.paid_at.is_not(None)
_BOUGHT = _PAID & (Order.payable_fen > 0)
_SETTLED = Order.settled_at.is_not(None)
NAMES = ("orders", "paid_orders", "bought_orders", "settled_orders", "paid_fen", "refunded_fen")
"""`bought_orders` are those that weren't free: without any, a shopper is a new customer
(`customers.py`). `settled_orders` are bought ones that can't come back any more."""


def _find(session: Session, user_ids: Collection[int]) -> Mapping[int, Figures]:
    rows = session.execute(
        select(
            Order.user_id,
            func.count().label("orders"),
            func.count().filter(_PAID).label("paid_orders"),
            func.count().filter(_BOUGHT).label("bought_orders"),
            func.count().filter(_BOUGHT, _SETTLED).label("settled_orders"),
            func.sum(Order.paid_fen).label("paid_fen"),
            func.sum(Order.refunded_fen).label("refunded_fen"),
        )
        .where(Order.user_id.in_(user_ids))
        .group_by(Order.user_id)
    )
    return {row.user_id: {name: int(getattr(row, name)) for name in NAMES} for row in rows}


def _ordered(since: datetime) -> Select[Any]:
    return select(Order.user_id).where(Order.created_at >= since)


def _paid(since: datetime) -> Select[Any]:
    """By their step, since `paid_at` is WeChat's time, and may be told of days later."""
    buyer = select(Order.user_id).where(Order.id == OrderTransition.order_id).scalar_subquery()
    return select(buyer).where(
        OrderTransition.created_at >= since, OrderTransition.to_status == PAID
    )


def _settled(since: datetime) -> Select[Any]:
    return select(Order.user_id).where(Order.settled_at >= since)


ORDER_FIGURES = ShopperFigures(
    "orders",
    NAMES,
    _find,
    conditions={
        "orders": exists().where(Order.user_id == User.id),
        "paid_orders": exists().where(Order.user_id == User.id, _PAID),
    },
    risen={
        "orders": _ordered,
        **dict.fromkeys(("paid_orders", "bought_orders", "paid_fen"), _paid),
        "settled_orders": _settled,
    },
)
