"""Reads of activities for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku
from mall.catalog.rules import spec_text
from mall.groupbuy.activities.models import GroupActivity, GroupActivitySku, GroupTierSet
from mall.groupbuy.activities.rules_text import rules_text
from mall.groupbuy.errors import GroupActivityNotFound

COLUMNS = (
    *("name", "description", "spu_id", "mode", "starts_at", "ends_at", "team_open_min", "pay_min"),
    *("open_audience", "join_audience", "order_units", "shopper_units", "open_teams"),
    *("virtual_seats", "leader_free_freight", "leader_leaves", "earns", "stacks"),
    *("leader_rule_id", "picks_set"),
)
"""The terms of an activity, beside its SKUs and tier sets."""


@dataclass(frozen=True, slots=True)
class SkuView:
    """A SKU of an activity: units and fen a unit. `usual_price_fen` is the shop's price now."""

    sku_id: int
    sku_code: str
    spec_text: str
    usual_price_fen: int
    wanted_stock: int
    stock: int
    sold: int
    leader_price_fen: int | None

    @property
    def left(self) -> int:
        """Units that teams can still have."""
        return self.stock - self.sold


@dataclass(frozen=True, slots=True)
class PriceView:
    """What a unit of a SKU costs, in fen."""

    sku_id: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class TierView:
    """A tier: its size, and the price of each SKU."""

    size: int
    prices: Sequence[PriceView]


@dataclass(frozen=True, slots=True)
class TierSetView:
    """A tier set of an activity."""

    id: int
    name: str
    tiers: Sequence[TierView]


@dataclass(frozen=True, slots=True)
class ActivityView:
    """An activity with its SKUs, its tier sets, and its rules in words."""

    activity: Any
    skus: Sequence[SkuView]
    tier_sets: Sequence[TierSetView]

    @property
    def rules_text(self) -> tuple[str, ...]:
        """As shoppers read them."""
        return rules_text(self.activity, [[t.size for t in one.tiers] for one in self.tier_sets])


def activity(session: Session, activity_id: int) -> ActivityView:
    """One activity. Raises GroupActivityNotFound."""
    found = _views(session, _activities().where(GroupActivity.id == activity_id))
    if not found:
        raise GroupActivityNotFound
    return found[0]


def activities(
    session: Session, *, status: str | None, spu_id: int | None, before: int | None, limit: int
) -> list[ActivityView]:
    """Activities, newest first: one more than `limit`, for paging."""
    query = _activities().order_by(GroupActivity.id.desc()).limit(limit + 1)
    if status is not None:
        query = query.where(GroupActivity.status == status)
    if spu_id is not None:
        query = query.where(GroupActivity.spu_id == spu_id)
    if before is not None:
        query = query.where(GroupActivity.id < before)
    return _views(session, query)


def as_terms(view: ActivityView) -> dict[str, Any]:
    """The terms of an activity as staff send them."""
    return {name: getattr(view.activity, name) for name in COLUMNS} | {
        "skus": [
            {
                "sku_id": sku.sku_id,
                "stock": sku.wanted_stock,
                "leader_price_fen": sku.leader_price_fen,
            }
            for sku in view.skus
        ],
        "tier_sets": [
            {
                "name": one.name,
                "tiers": [
                    {
                        "size": tier.size,
                        "prices": [
                            {"sku_id": each.sku_id, "price_fen": each.price_fen}
                            for each in tier.prices
                        ],
                    }
                    for tier in one.tiers
                ],
            }
            for one in view.tier_sets
        ],
    }


def _activities() -> Select[Any]:
    return select(*GroupActivity.__table__.c)


def _views(session: Session, query: Select[Any]) -> list[ActivityView]:
    rows = session.execute(query).all()
    ids = [row.id for row in rows]
    skus: dict[int, list[SkuView]] = {one: [] for one in ids}
    sets: dict[int, list[TierSetView]] = {one: [] for one in ids}
    for row in session.execute(_skus().where(GroupActivitySku.activity_id.in_(ids))):
        skus[row.activity_id].append(_sku(row))
    tier_sets = (
        select(*GroupTierSet.__table__.c)
        .where(GroupTierSet.activity_id.in_(ids))
        .order_by(GroupTierSet.activity_id, GroupTierSet.position)
    )
    for row in session.execute(tier_sets):
        sets[row.activity_id].append(TierSetView(row.id, row.name, _tiers(row)))
    return [ActivityView(row, skus[row.id], sets[row.id]) for row in rows]


def _skus() -> Select[Any]:
    return (
        select(*GroupActivitySku.__table__.c, Sku.sku_code, Sku.spec_values, Sku.price_fen)
        .join(Sku, Sku.id == GroupActivitySku.sku_id)
        .order_by(GroupActivitySku.activity_id, GroupActivitySku.sku_id)
    )


def _sku(row: Row[Any]) -> SkuView:
    return SkuView(
        sku_id=row.sku_id,
        sku_code=row.sku_code,
        spec_text=spec_text(row.spec_values),
        usual_price_fen=row.price_fen,
        wanted_stock=row.wanted_stock,
        stock=row.stock,
        sold=row.sold,
        leader_price_fen=row.leader_price_fen,
    )


def _tiers(row: Row[Any]) -> list[TierView]:
    prices = sorted((int(sku_id), fen) for sku_id, fen in row.prices.items())
    return [
        TierView(size, [PriceView(sku_id, fen[place]) for sku_id, fen in prices])
        for place, size in enumerate(row.sizes)
    ]
