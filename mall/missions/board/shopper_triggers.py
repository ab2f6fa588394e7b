"""Missions about what shoppers do beside orders: check in, complete the profile, fill the cart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.cart.events import CartChanged
from mall.kernel.db import db_now
from mall.kernel.prepared import PreparedStatement
from mall.missions.board.filters import GOODS
from mall.missions.board.order_triggers import category_ids
from mall.missions.board.periods import noon_of
from mall.missions.board.triggers import (
    DAYS,
    STREAK,
    Fact,
    Goods,
    Measure,
    Trigger,
    once,
    own_shopper,
    units,
)
from mall.missions.checkin.events import CheckedIn
from mall.missions.checkin.models import CheckIn
from mall.users.events import ProfileChanged
from mall.users.models import User

_CART = PreparedStatement(
    """
    SELECT l.sku_id, k.spu_id, s.brand_id, c.path, l.quantity
    FROM cart_lines l JOIN skus k ON k.id = l.sku_id JOIN spus s ON s.id = k.spu_id
    JOIN categories c ON c.id = s.category_id
    WHERE l.user_id = :user_id
    """
)


def _check_ins(session: Session, event: CheckedIn) -> Iterator[Fact]:
    """One a shop day; a day that was made up counts for itself, not for today."""
    row = session.execute(
        select(CheckIn.day, CheckIn.made_up, CheckIn.created_at).where(
            CheckIn.user_id == event.user_id, CheckIn.day == date.fromisoformat(event.day)
        )
    ).one_or_none()
    if row is not None:
        yield Fact(str(row.day), noon_of(row.day) if row.made_up else row.created_at)


def _profile(session: Session, user_id: int) -> Iterator[Fact]:
    """Nickname, picture and phone are there."""
    row = session.execute(
        select(User.nickname, User.avatar_url, User.phone_index).where(User.id == user_id)
    ).one_or_none()
    if row is not None and all(row):
        yield Fact("profile", db_now(session))


def _profile_now(session: Session, event: ProfileChanged) -> Iterator[Fact]:
    return _profile(session, event.user_id)


def _cart(session: Session, event: CartChanged) -> Iterator[Fact]:
    """The cart as it is now; the fullest that it was counts."""
    rows = _CART.rows(session, user_id=event.user_id)
    if rows:
        goods = tuple(
            Goods(row.sku_id, row.spu_id, row.brand_id, category_ids(row.path), row.quantity)
            for row in rows
        )
        yield Fact("cart", db_now(session), goods=goods)


CHECK_IN = Trigger(
    name="check_in",
    label="签到",
    ground="check_in",
    events=(CheckedIn,),
    shopper=own_shopper,
    facts=_check_ins,
    measures=(
        Measure("days", "签到天数", "再签到 {left} 天", once, counting=DAYS),
        Measure("streak", "连续签到天数", "再连续签到 {left} 天", once, counting=STREAK),
    ),
)
PROFILE_COMPLETED = Trigger(
    name="profile_completed",
    label="完善资料（昵称、头像、手机号）",
    ground="profile_completed",
    events=(ProfileChanged,),
    shopper=own_shopper,
    facts=_profile_now,
    measures=(Measure("count", "完善资料", "完善昵称、头像与手机号", once),),
    look=_profile,
)
CART = Trigger(
    name="cart",
    label="加入购物车",
    ground="cart",
    events=(CartChanged,),
    shopper=own_shopper,
    facts=_cart,
    measures=(Measure("units", "购物车内的件数", "再加购 {left} 件", units),),
    filters=(GOODS,),
    only_grows=True,
)
