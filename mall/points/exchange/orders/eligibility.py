"""Who may exchange what, and why not: the one rule for lists, quotes and placing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.errors import Conflict
from mall.points.exchange.errors import (
    ExchangeLimitReached,
    ExchangeNotAllowed,
    ExchangeNotOpen,
    ExchangeSoldOut,
)
from mall.points.exchange.items.queries import OfferedItem
from mall.points.exchange.items.terms import PERIOD_WORDS, clock, in_hours, period_start
from mall.points.exchange.models import ALL_TIME
from mall.users.figures import figures_of

_USED = text(
    """
    SELECT w.item_id, coalesce(sum(x.units), 0) AS units
    FROM unnest(CAST(:ids AS bigint[]), CAST(:starts AS timestamptz[])) AS w(item_id, start)
    LEFT JOIN exchange_orders x ON x.item_id = w.item_id AND x.user_id = :user_id
        AND NOT x.released AND x.created_at >= w.start
    GROUP BY w.item_id
    """
)


@dataclass(frozen=True, slots=True)
class ShopperFacts:
    """A shopper: units had of each limited item in its period, and figures that are asked for."""

    used: Mapping[int, int] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)


def facts_of(session: Session, user_id: int, items: Sequence[OfferedItem]) -> ShopperFacts:
    """What is to be known of a shopper for these items. Orders that were closed don't count."""
    starts: dict[int, datetime] = {
        one.item.id: period_start(one.item.limit_period, one.now)
        for one in items
        if one.item.limit_period is not None
    }
    used = {}
    if starts:
        values = {"ids": list(starts), "starts": list(starts.values()), "user_id": user_id}
        used = {row.item_id: int(row.units) for row in session.execute(_USED, values)}
    figures: Mapping[str, int] = {}
    if any(one.item.requires for one in items):
        figures = figures_of(session, [user_id])[user_id]
    return ShopperFacts(used, figures)


def why_not(one: OfferedItem, units: int, facts: ShopperFacts) -> list[Conflict]:
    """The refusals that exchanging so many units would meet, the first one first. Pure."""
    refusals = _not_open(one)
    if one.left < units:
        refusals.append(ExchangeSoldOut())
    item = one.item
    limit = item.limit_units
    if limit is not None and facts.used.get(item.id, 0) + units > limit:
        said = PERIOD_WORDS[item.limit_period or ALL_TIME]
        refusals.append(ExchangeLimitReached(f"{said}限兑 {limit} 件"))
    if any(facts.figures.get(each["figure"], 0) < each["at_least"] for each in item.requires):
        refusals.append(ExchangeNotAllowed(item.requires_text))
    return refusals


def _not_open(one: OfferedItem) -> list[Conflict]:
    item, now = one.item, one.now
    if item.ended_at is not None or (item.ends_at is not None and item.ends_at <= now):
        return [ExchangeNotOpen("兑换已结束")]
    if not item.enabled:
        return [ExchangeNotOpen()]
    if item.starts_at is not None and now < item.starts_at:
        return [ExchangeNotOpen("兑换尚未开始")]
    if not in_hours(item.daily_from_min, item.daily_to_min, now):
        hours = f"{clock(item.daily_from_min or 0)} 至 {clock(item.daily_to_min or 0)}"
        return [ExchangeNotOpen(f"每天 {hours} 可兑换")]
    return []
