"""Advice for staff: what the past speaks for, what that rests on, and when it is too little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from mall.groupbuy.advice.gathering import Gathered, gather, units_by_sku
from mall.groupbuy.advice.model.doubt import profit_interval
from mall.groupbuy.advice.model.fitting import Learned, Needed, learn, missing
from mall.groupbuy.advice.model.outcomes import Fitted
from mall.groupbuy.advice.model.proposing import (
    Market,
    Proposal,
    Valuing,
    candidates,
    circles_of,
    propose,
)
from mall.groupbuy.advice.model.terms import Costs
from mall.groupbuy.advice.wanted import Goods, Wanted, goods_of
from mall.inventory.queries import sellable
from mall.kernel.db import db_now, transaction

NoProposal = Literal["floor_margin", "stock", "no_profit"]
TEAMS_STRENGTH_DAYS = 7.0
"""A rate of teams a day is drawn towards none, as if so many days had passed without one."""
DOUBT_CIRCLES = 5


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal with the ends of the 95 % interval of one team's profit, in fen."""

    proposal: Proposal
    low_fen: float
    high_fen: float


@dataclass(frozen=True, slots=True)
class Advice:
    """`missing` isn't empty when the past is too little: then nothing is proposed. Of enough,
    `none_because` says why there is no proposal all the same."""

    gathered: Gathered
    missing: list[Needed]
    learned: Learned | None
    costs: Costs | None
    goods: Goods
    proposed: list[Proposed]
    none_because: NoProposal | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    goods: Goods
    gathered: Gathered
    mix: dict[int, int]
    stock: int


def advise(wanted: Wanted, *, sees_costs: bool) -> Advice:
    """Which tiers to take. Who doesn't see costs gets the data alone: prices that keep a floor
    would tell the cost. Raises ProductNotFound, SkuUnknown."""
    with transaction() as session:
        read = _read(session, wanted)
    history, goods = read.gathered.history, read.goods
    too_little = missing(history)
    learned = None if too_little else learn(history)
    if not sees_costs:
        too_little.append(Needed("cost_permission", 0, 1))
    elif goods.costs_known < len(goods.sku_ids):
        too_little.append(Needed("costs", goods.costs_known, len(goods.sku_ids)))
    if too_little or learned is None:
        return Advice(read.gathered, too_little, learned, None, goods, [])
    costs = Costs(goods.mixed(read.mix), wanted.fee_bp, wanted.failed_team_fen)
    market = market_of(read.gathered, read.stock, wanted.days)
    found = propose(learned, costs, market, wanted.bounds)
    proposed = [_with_interval(learned, costs, market, one) for one in found]
    why = None if found else _why_none(learned, costs, market, wanted)
    return Advice(read.gathered, [], learned, costs, goods, proposed, why)


def _read(session: Session, wanted: Wanted) -> _Read:
    goods = goods_of(session, wanted.spu_id, wanted.sku_ids)
    gathered = gather_enough(session, wanted.spu_id)
    mix = units_by_sku(session, wanted.spu_id, gathered.since)
    stock = wanted.stock
    if stock is None:
        stock = sum(sellable(session, goods.sku_ids).values())
    return _Read(goods, gathered, mix, stock)


def gather_enough(session: Session, spu_id: int) -> Gathered:
    """The past of the product where that is enough, else of the whole shop."""
    now = db_now(session)
    of_product = gather(session, now, spu_id)
    return gather(session, now) if missing(of_product.history) else of_product


def market_of(gathered: Gathered, stock: int, days: int) -> Market:
    """Leaders as they were, and as many teams a day as were opened of a product."""
    history = gathered.history
    of_product = len(history.teams) / max(1, gathered.products)
    a_day = of_product / (history.days + TEAMS_STRENGTH_DAYS)
    return Market(circles_of(history), a_day * days, stock)


def _with_interval(learned: Learned, costs: Costs, market: Market, found: Proposal) -> Proposed:
    exposure = learned.arrivals.usual_exposure(found.life_h)

    def profit(fitted: Fitted) -> float:
        team = Valuing(fitted, costs, market).team(found.schedule, exposure, DOUBT_CIRCLES)
        return team.profit_fen

    return Proposed(found, *profit_interval(learned.fitted, profit))


def _why_none(learned: Learned, costs: Costs, market: Market, wanted: Wanted) -> NoProposal:
    if market.stock < wanted.bounds.min_size:
        return "stock"
    has_any = any(True for _ in candidates(learned, costs, market, wanted.bounds))
    return "no_profit" if has_any else "floor_margin"
