"""Advice as staff read it: whole numbers, in fen and bp."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mall.groupbuy.advice.advising import Advice, Proposed
from mall.groupbuy.advice.gathering import Gathered
from mall.groupbuy.advice.model.fitting import Learned
from mall.groupbuy.advice.model.history import History
from mall.groupbuy.advice.model.rates import Rate, share
from mall.groupbuy.advice.model.terms import Costs

CIRCLES = (0, 1, 3, 6, 11, 21, 51)
BEST_HOURS = 3
_EFFECTS = {1: "join_odds_per_1000_bp", 2: "join_odds_per_missing_seat", 3: "join_odds_of_circle"}


def shown(advice: Advice) -> dict[str, Any]:
    """The whole answer."""
    return {
        "enough": not advice.missing,
        "missing": advice.missing,
        "none_because": advice.none_because,
        "data": _data(advice.gathered, advice.learned),
        "proposals": [
            _proposal(one, advice.costs, advice.learned)
            for one in advice.proposed
            if advice.costs is not None and advice.learned is not None
        ],
    }


def _data(gathered: Gathered, learned: Learned | None) -> dict[str, Any]:
    history = gathered.history
    return {
        "scope": scope_of(gathered),
        "since": gathered.since,
        "until": gathered.until,
        "teams": len(history.teams),
        "leaders": history.leaders,
        "visits": history.visits,
        "joins": history.joins,
        "older_left_out": gathered.cut,
        "rates": list(_rates(history, learned)),
        "prices": _prices(history),
        "hours": _hours(history, learned),
        "circles": _circles(history),
    }


def scope_of(gathered: Gathered) -> str:
    """Whose past it is: the `product`'s or the `shop`'s."""
    return "shop" if gathered.spu_id is None else "product"


def _rates(history: History, learned: Learned | None) -> Iterator[dict[str, Any]]:
    yield _rate("joins_of_visits_bp", share(history.joins, history.visits), 10_000)
    if learned is None:
        return
    reach, joining = learned.fitted.reach, learned.fitted.joining
    yield _rate("visits_of_100_in_circle", reach.tied_share.rate, 100)
    yield _rate("strangers_per_100_teams", reach.strangers.rate, 100)
    yield _rate("friends_per_100_in_circle", reach.friends.rate, 100)
    for place, name in _EFFECTS.items():
        effect = joining.effect(place)
        odds = Rate(math.exp(effect.value), math.exp(effect.low), math.exp(effect.high))
        yield _rate(f"{name}_bp", odds, 10_000)


def _rate(what: str, rate: Rate, scale: int) -> dict[str, Any]:
    return {
        "what": what,
        "value": round(rate.value * scale),
        "low": round(rate.low * scale),
        "high": round(rate.high * scale),
    }


def _prices(history: History) -> list[dict[str, Any]]:
    met: dict[int, list[int]] = {}
    for cell in history.cells:
        counts = met.setdefault(cell.reduction_bp, [0, 0])
        counts[0] += cell.visits
        counts[1] += cell.joins
    rows = []
    for reduction, (visits, joins) in sorted(met.items()):
        rate = share(joins, visits)
        rows.append(
            {
                "reduction_bp": reduction,
                "visits": visits,
                "joins": joins,
                "join_bp": round(rate.value * 10_000),
                "low_bp": round(rate.low * 10_000),
                "high_bp": round(rate.high * 10_000),
            }
        )
    return rows


def _hours(history: History, learned: Learned | None) -> list[dict[str, Any]]:
    visits = [0] * 24
    for (_, hour), count in history.arrivals.items():
        visits[hour] += count
    busy = learned.arrivals.hours if learned else None
    return [
        {"hour": hour, "visits": count, "busy_bp": round(busy[hour] * 10_000) if busy else None}
        for hour, count in enumerate(visits)
    ]


def _circles(history: History) -> list[dict[str, Any]]:
    rows = [{"from_size": size, "teams": 0, "visits": 0, "members": 0} for size in CIRCLES]
    for team in history.teams:
        row = [one for one in rows if one["from_size"] <= team.circle][-1]
        row["teams"] += 1
        row["visits"] += team.tied + team.untied
        row["members"] += team.members
    return rows


def _proposal(proposed: Proposed, costs: Costs, learned: Learned) -> dict[str, Any]:
    found, units = proposed.proposal, learned.fitted.units
    schedule, team = found.schedule, found.team

    def profit(members: int) -> int:
        """Of a team that ends with so many members."""
        if members < schedule.min_size:
            return -costs.failed_team_fen
        return round(members * units * costs.unit_profit(schedule.reduction_at(members)))

    return {
        "sizes": schedule.sizes,
        "skus": [
            {
                "sku_id": good.sku_id,
                "prices_fen": [good.reduced(step) for step in schedule.reductions_bp],
            }
            for good in costs.goods
        ],
        "team_open_min": found.life_h * 60,
        "best_hours": [
            {"hour": hour, "visits_bp": round(part * 10_000)}
            for hour, part in learned.arrivals.best_hours(found.life_h, BEST_HOURS)
        ],
        "formed_bp": round(team.formed * 10_000),
        "members_per_100_teams": round(team.members * 100),
        "units_per_100_teams": round(team.units * 100),
        "teams": round(found.teams),
        "profit_fen": round(team.profit_fen),
        "low_profit_fen": round(proposed.low_fen),
        "high_profit_fen": round(proposed.high_fen),
        "total_profit_fen": round(found.total_profit_fen),
        "tiers": [
            {
                "size": size,
                "reduction_bp": step,
                "reached_bp": round(sum(team.chances[size:]) * 10_000),
                "margin_bp": costs.margin_bp(step),
                "profit_fen": profit(size),
            }
            for size, step in zip(schedule.sizes, schedule.reductions_bp, strict=True)
        ],
        "curve": [
            {
                "members": members,
                "chance_bp": round(chance * 10_000),
                "profit_fen": profit(members),
            }
            for members, chance in enumerate(team.chances)
            if members
        ],
    }
