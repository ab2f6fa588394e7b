"""Items as shoppers meet them: the goods, the price of now, and why they can't have one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from mall.catalog.queries import SkuForSale, skus_for_sale
from mall.inventory.queries import shown
from mall.kernel.db import db
from mall.points.exchange.items.queries import OfferedItem, shown_item, shown_items
from mall.points.exchange.kinds import kind_for
from mall.points.exchange.orders.eligibility import ShopperFacts, facts_of, why_not
from mall.points.ledger.errors import PointsShort
from mall.points.statements.queries import balance

_COPIED = (
    *("id", "kind", "name", "description", "sku_id", "limit_units", "limit_period"),
    *("requires_text", "starts_at", "ends_at", "daily_from_min", "daily_to_min", "free_freight"),
)


def offers(
    user_id: int, *, kind: str | None, after: Sequence[int] | None, limit: int
) -> tuple[list[OfferedItem], dict[int, dict[str, Any]]]:
    """Items by position, one more than `limit`, and what is shown of each, by id."""
    session = db.session()
    found = shown_items(session, kind=kind, after=after, limit=limit)
    return found, _shown(session, user_id, found)


def offer(user_id: int, item_id: int) -> dict[str, Any]:
    """One item. Raises ExchangeItemNotFound."""
    session = db.session()
    one = shown_item(session, item_id)
    return _shown(session, user_id, [one])[item_id]


def _shown(
    session: Session, user_id: int, found: Sequence[OfferedItem]
) -> dict[int, dict[str, Any]]:
    goods = skus_for_sale(session, {one.item.sku_id for one in found})
    facts = facts_of(session, user_id, found)
    available = balance(session, user_id).available
    return {one.item.id: _one(one, goods[one.item.sku_id], facts, available) for one in found}


def _one(
    one: OfferedItem, goods: SkuForSale, facts: ShopperFacts, available: int
) -> dict[str, Any]:
    refusals = why_not(one, 1, facts)
    if available < one.points:
        refusals.append(PointsShort())
    return {
        **{name: getattr(one.item, name) for name in _COPIED},
        "image": goods.image,
        "spec_text": goods.spec_text,
        "worth_fen": goods.price_fen,
        "points": one.points,
        "cash_fen": one.cash_fen,
        "left": shown(one.left),
        "needs_address": kind_for(one.item.kind).needs_address,
        "can_exchange": not refusals,
        "refusals": refusals,
    }
