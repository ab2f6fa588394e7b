"""Activities in the shop window: a product's, and all that run. Nothing here is anybody's own.

The answers are kept ready for a moment; the time is put in when one is given, so that a countdown
goes by the shop's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.orm import Session

from mall.catalog.detail import SHOWN_LIST_PRICE
from mall.catalog.models import Sku, Spu
from mall.catalog.rules import on_shelf_now, spec_text
from mall.groupbuy.activities.models import (
    STARTED,
    GroupActivity,
    GroupActivitySku,
    GroupTierSet,
)
from mall.groupbuy.activities.rules_text import rules_text
from mall.groupbuy.errors import GroupActivityNotFound
from mall.groupbuy.orders.recommending import tier_sets
from mall.groupbuy.pages.words import leader_text, offers_text
from mall.inventory.queries import shown
from mall.kernel.clock import from_microseconds, to_microseconds
from mall.kernel.http.paging import Page, decode_cursor, page

_SHOWN = (
    *("id", "name", "description", "mode", "starts_at", "ends_at", "team_open_min", "pay_min"),
    *("order_units", "shopper_units", "open_teams", "open_audience", "join_audience"),
    *("leader_free_freight", "earns", "stacks"),
)
_LEFT = GroupActivitySku.stock - GroupActivitySku.sold
_PRICES = text(
    """
    SELECT s.activity_id, max(CAST(fen ->> 0 AS bigint)) AS first_fen,
        min(CAST(fen ->> -1 AS bigint)) AS best_fen,
        max(s.sizes[cardinality(s.sizes)]) AS largest, min(s.sizes[1]) AS smallest
    FROM groupbuy_tier_sets s CROSS JOIN LATERAL jsonb_each(s.prices) AS p (sku, fen)
    WHERE s.activity_id = ANY(:ids) GROUP BY s.activity_id
    """
)


def product_page(session: Session, spu_id: int) -> dict[str, Any]:
    """A product on the shelf with its group-buy: that which runs, else the next to start.

    Raises GroupActivityNotFound when there is neither.
    """
    row = session.execute(
        _activities().where(Spu.id == spu_id).order_by(GroupActivity.starts_at).limit(1)
    ).first()
    if row is None:
        raise GroupActivityNotFound
    skus = _skus(session, row.id)
    sets = tier_sets(session, row.id)
    has_leader_prices = any(sku.leader_price_fen is not None for sku in skus)
    return {
        "activity": {name: getattr(row, name) for name in _SHOWN},
        "rules": [
            *rules_text(row, [one.sizes for one in sets]),
            *offers_text(row, has_leader_prices),
        ],
        "leader_advantages": list(leader_text(row, has_leader_prices)),
        "product": {"id": spu_id, "name": row.product_name, "image": row.main_image},
        "skus": [_sku(sku) for sku in skus],
        "tier_sets": [shown_set(one) for one in sets],
    }


def running(session: Session, cursor: str | None, limit: int) -> Page[dict[str, Any]]:
    """Activities that run, those that end first before others."""
    found = _activities().where(GroupActivity.starts_at <= func.statement_timestamp())
    after = decode_cursor(cursor, (int, int))
    if after is not None:
        ends_at = from_microseconds(after[0])
        is_behind = and_(GroupActivity.ends_at == ends_at, GroupActivity.id > after[1])
        found = found.where(GroupActivity.ends_at >= ends_at).where(
            (GroupActivity.ends_at > ends_at) | is_behind
        )
    found = found.order_by(GroupActivity.ends_at, GroupActivity.id).limit(limit + 1)
    rows = session.execute(found).all()
    cut = page(rows, limit, lambda row: [to_microseconds(row.ends_at), row.id])
    return Page(_listed(session, cut.items), cut.next_cursor)


def shown_set(one: GroupTierSet) -> dict[str, Any]:
    """A tier set: each tier with the price of each SKU."""
    return {
        "id": one.id,
        "name": one.name,
        "tiers": [
            {
                "size": size,
                "prices": [
                    {"sku_id": int(sku_id), "price_fen": fen[place]}
                    for sku_id, fen in sorted(one.prices.items(), key=lambda item: int(item[0]))
                ],
            }
            for place, size in enumerate(one.sizes)
        ],
    }


def _activities() -> Select[Any]:
    """Started activities that aren't over, of products on the shelf."""
    return (
        select(
            *GroupActivity.__table__.c,
            Spu.name.label("product_name"),
            Spu.main_image,
            Spu.min_price_fen,
        )
        .join(Spu, Spu.id == GroupActivity.spu_id)
        .where(GroupActivity.status == STARTED, _goes_on(), on_shelf_now())
    )


def _goes_on() -> ColumnElement[bool]:
    return GroupActivity.ends_at > func.statement_timestamp()


def _skus(session: Session, activity_id: int) -> Sequence[Any]:
    return session.execute(
        select(
            Sku.id,
            Sku.spec_values,
            Sku.price_fen,
            SHOWN_LIST_PRICE.label("list_price_fen"),
            Sku.image,
            Spu.main_image,
            Sku.enabled,
            GroupActivitySku.leader_price_fen,
            _LEFT.label("left"),
        )
        .join(GroupActivitySku, GroupActivitySku.sku_id == Sku.id)
        .join(Spu, Spu.id == Sku.spu_id)
        .where(GroupActivitySku.activity_id == activity_id)
        .order_by(Sku.position, Sku.id)
    ).all()


def _sku(row: Any) -> dict[str, Any]:
    return {
        "sku_id": row.id,
        "spec_text": spec_text(row.spec_values),
        "image": row.image or row.main_image,
        "price_fen": row.price_fen,
        "list_price_fen": row.list_price_fen,
        "leader_price_fen": row.leader_price_fen,
        "left": shown(row.left) if row.enabled else 0,
    }


def _listed(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    ids = [row.id for row in rows]
    prices = {one.activity_id: one for one in session.execute(_PRICES, {"ids": ids})}
    left = session.execute(
        select(GroupActivitySku.activity_id, func.max(_LEFT).label("units"))
        .where(GroupActivitySku.activity_id.in_(ids))
        .group_by(GroupActivitySku.activity_id)
    )
    units = {one.activity_id: one.units for one in left}
    return [
        {
            "id": row.id,
            "name": row.name,
            "mode": row.mode,
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "product": {"id": row.spu_id, "name": row.product_name, "image": row.main_image},
            "price_fen": row.min_price_fen,
            "first_price_fen": prices[row.id].first_fen,
            "best_price_fen": prices[row.id].best_fen,
            "smallest_size": prices[row.id].smallest,
            "largest_size": prices[row.id].largest,
            "left": shown(units[row.id]),
        }
        for row in rows
    ]
