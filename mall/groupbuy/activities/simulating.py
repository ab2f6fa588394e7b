"""What an activity would bring at each tier: the figures behind staff's simulate button.

Fen throughout. A team is taken to be of one SKU, a unit a member, its leader among them; what
joins the price (coupons, points) and the leader's reward aren't counted. A figure that tells a
cost is None where the SKU's cost isn't known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.catalog.queries import SkuForSale, skus_for_sale
from mall.groupbuy.activities import queries
from mall.groupbuy.activities.models import DIFFERENCE
from mall.groupbuy.activities.plan import PlannedSku, Terms, sets_of, skus_of
from mall.groupbuy.activities.rules import check_sets
from mall.groupbuy.activities.tiers import Tiers
from mall.inventory.errors import SkuUnknown
from mall.pricing.benefits import plain_yuan


@dataclass(frozen=True, slots=True)
class TierFigures:
    """A full team of this tier. `difference_fen` is what a member gets back, a unit;
    `leader_price_fen` what the leader pays in the end. `team_revenue_fen` is what stays of what
    the team paid (`team_paid_fen`), after the differences."""

    size: int
    price_fen: int
    difference_fen: int
    leader_price_fen: int
    leader_freight_fen: int
    team_paid_fen: int
    team_difference_fen: int
    team_revenue_fen: int
    team_cost_fen: int | None
    unit_margin_fen: int | None
    team_margin_fen: int | None
    team_margin_bp: int | None
    is_below_cost: bool | None


@dataclass(frozen=True, slots=True)
class SkuFigures:
    """A SKU in one tier set. `alone_margin_fen` is what one sold at the shop's price brings;
    `break_even_size` the smallest team that costs the shop nothing, None when no team does."""

    sku_id: int
    name: str
    spec_text: str
    usual_price_fen: int
    cost_fen: int | None
    alone_margin_fen: int | None
    break_even_size: int | None
    tiers: tuple[TierFigures, ...]


@dataclass(frozen=True, slots=True)
class SetFigures:
    """A tier set with the figures of each SKU."""

    name: str
    skus: tuple[SkuFigures, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """All tier sets, and in words what staff should see."""

    tier_sets: tuple[SetFigures, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """A SKU in a tier set: what its figures follow from."""

    mode: str
    tiers: Tiers
    sku: PlannedSku
    goods: SkuForSale
    freight_fen: int

    def prices(self, size: int) -> tuple[int, int, int, int]:
        """A member's price first and in the end, and the leader's, at the tier of this size."""
        price = self.tiers.price_at(self.sku.sku_id, size)
        gives_back = self.mode == DIFFERENCE
        first = self.tiers.first_price(self.sku.sku_id) if gives_back else price
        leader = first if self.sku.leader_price_fen is None else self.sku.leader_price_fen
        return first, price, leader, min(leader, price) if gives_back else leader

    def margin(self, members: int) -> int | None:
        """What a team of so many members brings, at the tier that they reach."""
        if self.goods.cost_fen is None:
            return None
        _, price, _, leader = self.prices(self.tiers.reached(members))
        revenue = price * (members - 1) + leader
        return revenue - self.goods.cost_fen * members - self.freight_fen


def simulate(session: Session, terms: Terms, freight_fen: int) -> Simulation:
    """The figures of terms that staff sent; `freight_fen` is what the shop bears of a leader's
    freight where that is free.

    Prices above the shop's are shown rather than refused. Raises GroupPricesMissing,
    GroupSizesWrong, GroupPricesNotFalling, SkuUnknown.
    """
    skus = skus_of(terms["skus"])
    sets = sets_of(terms["tier_sets"], skus)
    check_sets(sets)
    goods = skus_for_sale(session, [sku.sku_id for sku in skus])
    for sku in skus:
        if sku.sku_id not in goods:
            raise SkuUnknown(param=str(sku.sku_id))
    borne_fen = freight_fen if terms["leader_free_freight"] else 0
    figures = tuple(
        SetFigures(
            one.name,
            tuple(
                _of_sku(_Case(terms["mode"], one.tiers, sku, goods[sku.sku_id], borne_fen))
                for sku in skus
            ),
        )
        for one in sets
    )
    return Simulation(figures, tuple(_warnings(figures)))


def simulate_saved(session: Session, activity_id: int, freight_fen: int) -> Simulation:
    """The figures of an activity at today's prices and costs. Raises GroupActivityNotFound."""
    return simulate(session, queries.as_terms(queries.activity(session, activity_id)), freight_fen)


def _of_sku(case: _Case) -> SkuFigures:
    goods = case.goods
    cost = goods.cost_fen
    return SkuFigures(
        sku_id=goods.sku_id,
        name=goods.name,
        spec_text=goods.spec_text,
        usual_price_fen=goods.price_fen,
        cost_fen=cost,
        alone_margin_fen=None if cost is None else goods.price_fen - cost,
        break_even_size=_break_even(case),
        tiers=tuple(_tier(case, size) for size in case.tiers.sizes),
    )


def _tier(case: _Case, size: int) -> TierFigures:
    first, price, leader_first, leader = case.prices(size)
    paid, revenue = first * (size - 1) + leader_first, price * (size - 1) + leader
    cost, margin = case.goods.cost_fen, case.margin(size)
    return TierFigures(
        size=size,
        price_fen=price,
        difference_fen=first - price,
        leader_price_fen=leader,
        leader_freight_fen=case.freight_fen,
        team_paid_fen=paid,
        team_difference_fen=paid - revenue,
        team_revenue_fen=revenue,
        team_cost_fen=None if cost is None else cost * size + case.freight_fen,
        unit_margin_fen=None if cost is None else price - cost,
        team_margin_fen=margin,
        team_margin_bp=None if margin is None else margin * 10_000 // revenue,
        is_below_cost=None if cost is None else price < cost,
    )


def _break_even(case: _Case) -> int | None:
    sizes: Sequence[int] = case.tiers.sizes
    if case.mode == DIFFERENCE:
        sizes = range(case.tiers.min_size, case.tiers.max_size + 1)
    for members in sizes:
        margin = case.margin(members)
        if margin is not None and margin >= 0:
            return members
    return None


def _warnings(figures: Sequence[SetFigures]) -> Iterator[str]:
    for one in figures:
        for sku in one.skus:
            what = f"{one.name}：{sku.name} {sku.spec_text}".rstrip()
            if sku.cost_fen is None:
                yield f"{what} 未填成本价，无法计算毛利"
            for tier in sku.tiers:
                yield from (f"{what} {tier.size} 人团{said}" for said in _faults(sku, tier))


def _faults(sku: SkuFigures, tier: TierFigures) -> Iterator[str]:
    if tier.price_fen >= sku.usual_price_fen:
        yield f"价格不低于售价 {plain_yuan(sku.usual_price_fen)} 元"
    if tier.unit_margin_fen is not None and tier.unit_margin_fen < 0:
        yield f"每件低于成本 {plain_yuan(-tier.unit_margin_fen)} 元"
    elif tier.team_margin_fen is not None and tier.team_margin_fen < 0:
        yield f"计入团长优惠与运费后整团亏损 {plain_yuan(-tier.team_margin_fen)} 元"
