"""How a lottery does: draws, wins, cost, and whether the odds seen fit the odds published."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import scipy
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.lottery.models import LotteryDraw, LotteryShopper, LotteryWin
from mall.lottery.proofs.rows import published_lottery, published_versions
from mall.lottery.rules.table import PPM, THANKS, Table, odds, ppm, read_table

LEAST_EXPECTED = 5
"""Fewer expected draws of a prize are too few for a chi-square test."""


@dataclass(slots=True)
class Seen:
    """What was drawn under one version, by the place of the prize. `drawn` is before the guarantee,
    which made thank-yous into `guaranteed` prizes."""

    drawn: Counter[int] = field(default_factory=Counter)
    guaranteed: Counter[int] = field(default_factory=Counter)
    cost_fen: Counter[int] = field(default_factory=Counter)

    @property
    def draws(self) -> int:
        """All draws under the version."""
        return self.drawn.total()


def figures(session: Session, lottery_id: int) -> dict[str, Any]:
    """The figures of a published lottery. Raises LotteryNotFound."""
    lottery = published_lottery(session, lottery_id)
    tables = {
        one.version: read_table(one.canonical) for one in published_versions(session, lottery_id)
    }
    seen = _seen(session, lottery_id, tables)
    of_lottery = LotteryWin.lottery_id == lottery_id
    wins = select(func.count(), func.count(LotteryWin.refusal)).where(of_lottery)
    won, refused = session.execute(wins).one()
    shoppers = select(func.count()).where(LotteryShopper.lottery_id == lottery_id)
    return {
        "draws": lottery.drawn,
        "shoppers": session.scalar(shoppers) or 0,
        "wins": won,
        "refused": refused,
        "spent_fen": lottery.spent_fen,
        "budget_fen": lottery.budget_fen,
        "p_value": p_value(tables, seen),
        "prizes": prize_figures(tables, seen),
    }


def prize_figures(tables: Mapping[int, Table], seen: Mapping[int, Seen]) -> list[dict[str, Any]]:
    """By prize: won, expected by the published odds of each version, odds seen and published."""
    newest = tables[max(tables)]
    published = odds(newest)
    draws = sum(one.draws for one in seen.values())
    found = []
    for place, prize in enumerate(newest.prizes):
        drawn = sum(one.drawn[place] for one in seen.values())
        guaranteed = sum(one.guaranteed[place] for one in seen.values())
        taken = sum(one.guaranteed.total() for one in seen.values()) if prize.kind == THANKS else 0
        expected = sum(
            odds(tables[version])[place] * one.draws
            for version, one in seen.items()
            if place < len(tables[version].prizes)
        )
        found.append(
            {
                "place": place,
                "name": prize.name,
                "won": drawn + guaranteed - taken,
                "guaranteed": guaranteed,
                "odds_ppm": ppm(published[place]),
                "seen_ppm": round(PPM * drawn / draws) if draws else 0,
                "expected": round(expected),
                "cost_fen": sum(one.cost_fen[place] for one in seen.values()),
            }
        )
    return found


def p_value(tables: Mapping[int, Table], seen: Mapping[int, Seen]) -> float | None:
    """How likely such draws by weight, or ones further off, are by the published weights: a
    chi-square test. Counted prizes are exact and aren't tested. None for too few draws."""
    drawn: Counter[int] = Counter()
    expected: defaultdict[int, float] = defaultdict(float)
    for version, one in seen.items():
        table = tables[version]
        by_weight = [place for place, prize in enumerate(table.prizes) if prize.weight]
        draws = sum(one.drawn[place] for place in by_weight)
        for place in by_weight:
            drawn[place] += one.drawn[place]
            expected[place] += draws * (table.prizes[place].weight or 0) / table.weights
    if len(expected) < 2 or min(expected.values()) < LEAST_EXPECTED:
        return None
    square = sum((drawn[place] - one) ** 2 / one for place, one in expected.items())
    return float(scipy.special.chdtrc(len(expected) - 1, square))


def _seen(session: Session, lottery_id: int, tables: Mapping[int, Table]) -> dict[int, Seen]:
    draw = LotteryDraw
    rows = session.execute(
        select(
            *(draw.version, draw.prize, draw.guaranteed),
            func.count().label("draws"),
            func.sum(draw.cost_fen).label("cost_fen"),
        )
        .where(draw.lottery_id == lottery_id)
        .group_by(draw.version, draw.prize, draw.guaranteed)
    )
    seen: dict[int, Seen] = {}
    for row in rows:
        one = seen.setdefault(row.version, Seen())
        one.cost_fen[row.prize] += int(row.cost_fen)
        if row.guaranteed:
            one.guaranteed[row.prize] += row.draws
            one.drawn[_thanks(tables[row.version])] += row.draws
        else:
            one.drawn[row.prize] += row.draws
    return seen


def _thanks(table: Table) -> int:
    return next(place for place, prize in enumerate(table.prizes) if prize.kind == THANKS)
