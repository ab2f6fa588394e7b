"""An activity as staff plan it: facts that its rules are asked about. Prices in fen a unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mall.groupbuy.activities.errors import GroupPricesMissing
from mall.groupbuy.activities.tiers import Tiers

Terms = Mapping[str, Any]
"""What staff send, as the schema reads it: columns, and `skus` and `tier_sets`."""
_MISSING, _SETS = "每个规格须有且只有一个价格", "tier_sets"


@dataclass(frozen=True, slots=True)
class PlannedSku:
    """A SKU of the activity: units to set aside, and the leader's own price if there is one."""

    sku_id: int
    stock: int
    leader_price_fen: int | None


@dataclass(frozen=True, slots=True)
class PlannedSet:
    """A tier set, with the name that staff and leaders read."""

    name: str
    tiers: Tiers


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules of an activity are about."""

    mode: str
    starts_at: datetime
    ends_at: datetime
    team_open_min: int
    pay_min: int
    order_units: int
    shopper_units: int
    virtual_seats: int
    stacks: tuple[str, ...]
    picks_set: bool
    skus: tuple[PlannedSku, ...]
    sets: tuple[PlannedSet, ...]


_PLAIN = (
    *("mode", "starts_at", "ends_at", "team_open_min", "pay_min", "order_units"),
    *("shopper_units", "virtual_seats", "picks_set"),
)


def plan_of(terms: Terms) -> Plan:
    """The plan that staff sent. Raises GroupPricesMissing."""
    skus = skus_of(terms["skus"])
    return Plan(
        **{name: terms[name] for name in _PLAIN},
        stacks=tuple(terms["stacks"]),
        skus=skus,
        sets=sets_of(terms["tier_sets"], skus),
    )


def skus_of(skus: Sequence[Terms]) -> tuple[PlannedSku, ...]:
    """The SKUs that staff sent, in their order."""
    return tuple(
        PlannedSku(one["sku_id"], one["stock"], one.get("leader_price_fen")) for one in skus
    )


def sets_of(sets: Sequence[Terms], skus: Sequence[PlannedSku]) -> tuple[PlannedSet, ...]:
    """The tier sets that staff sent, in their order. Raises GroupPricesMissing."""
    return tuple(PlannedSet(one["name"], _tiers(one, skus)) for one in sets)


def _tiers(one: Terms, skus: Sequence[PlannedSku]) -> Tiers:
    by_tier = [{each["sku_id"]: each["price_fen"] for each in t["prices"]} for t in one["tiers"]]
    wanted = {sku.sku_id for sku in skus}
    for tier, prices in zip(one["tiers"], by_tier, strict=True):
        if prices.keys() != wanted or len(prices) != len(tier["prices"]):
            raise GroupPricesMissing(
                f"档位“{one['name']}”{tier['size']} 人：{_MISSING}", param=_SETS
            )
    sizes = tuple(tier["size"] for tier in one["tiers"])
    prices_of = {sku.sku_id: tuple(p[sku.sku_id] for p in by_tier) for sku in skus}
    return Tiers(sizes, prices_of)
