"""Shares for tests."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from mall.config import current_config
from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.sharing.channels.models import Channel
from mall.sharing.pages.kinds import Page
from mall.sharing.shares.opening import CODE, open_share, share_for_channel, share_page
from mall.users.events import ShopperRegistered
from mall.users.models import User
from tests.support.browsing import make_product

SHARES = "/api/v1/shares"


def make_share(user_id: int, page_id: int | None = None) -> str:
    """A shopper's share of a product: its token."""
    return share_page(user_id, "product", page_id or make_product()[0]).token


def make_channel_share(ends_at: datetime | None = None) -> tuple[int, str]:
    """A store's code of a product: the channel's id, the token."""
    page_id = make_product()[0]
    row = {"name": secrets.token_hex(4), "kind": "store", "page_kind": "product"}
    with transaction() as session:
        made = insert(Channel).values(**row, page_id=page_id, ends_at=ends_at).returning(Channel.id)
        channel_id: int = session.execute(made).scalar_one()
        token = share_for_channel(session, channel_id, Page("product", page_id), CODE, ends_at)
    return channel_id, token


def register(first_touch: Any) -> int:
    """A new shopper logs in for the first time, with this attribution: the id."""
    openid = f"o{secrets.token_hex(13)}"
    row = insert(User).values(
        appid=current_config().wechat_appid, openid=openid, first_touch=first_touch
    )
    with transaction() as session:
        user_id: int = session.execute(row.returning(User.id)).scalar_one()
        publish(session, ShopperRegistered(user_id, first_touch))
    return user_id


def opened(opener_id: int, *tokens: str) -> None:
    """A shopper opens these shares."""
    for token in tokens:
        open_share(opener_id, token)


def day_of(sharer_id: int) -> dict[str, int]:
    """What counts for a sharer today, without zeros."""
    query = text("SELECT shares, opens, shoppers, orders FROM share_days WHERE user_id = :user_id")
    with transaction() as session:
        row = session.execute(query, {"user_id": sharer_id}).mappings().one_or_none()
    return {name: count for name, count in (row or {}).items() if count}


def days_pass(days: int) -> None:
    """What was shared, opened and ordered so far is so many days older."""
    columns = {
        "shares": ("day", "created_at"),
        "share_opens": ("day", "created_at", "last_at", "opener_since"),
        "share_shoppers": ("day", "created_at"),
        "order_attributions": ("day", "created_at"),
        "referral_bindings": ("bound_at", "created_at", "expires_at", "ended_at"),
        "share_days": ("day",),
        "users": ("created_at",),
        "orders": ("created_at", "paid_at"),
    }
    with transaction() as session:
        for table, names in columns.items():
            by = {name: days if name == "day" else f"interval '{days} days'" for name in names}
            changes = ", ".join(f"{name} = {name} - {by[name]}" for name in names)
            session.execute(text(f"UPDATE {table} SET {changes}"))
