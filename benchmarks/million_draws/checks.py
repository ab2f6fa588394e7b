"""What was promised of the draws, asked of the database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from scipy.stats import chisquare
from sqlalchemy import text

from benchmarks.million_draws.lotteries import GUARANTEE
from benchmarks.report import Row, at_least, at_most, exactly
from benchmarks.shop import say
from mall.doctor.checking import check_all
from mall.kernel.db import transaction
from mall.lottery.proofs.rows import table_of
from mall.lottery.rules.table import Table

LEAST_P = 1e-5
"""Draws by weight that are less likely than this are wrong: luck says so once in 100,000 runs."""
_GAPS = """
SELECT count(*) FROM generate_series(1, :draws) n
FULL JOIN (SELECT number FROM lottery_draws WHERE lottery_id = :id) d ON d.number = n
WHERE n IS NULL OR d.number IS NULL
"""
_WON = """
SELECT prize, count(*) FILTER (WHERE NOT guaranteed) AS drawn,
       count(*) FILTER (WHERE guaranteed) AS guaranteed
FROM lottery_draws WHERE lottery_id = :id GROUP BY prize
"""
# Draws between two wins of a shopper have the same count of wins before them.
_LONGEST = """
SELECT coalesce(max(draws), 0) FROM (
    SELECT count(*) FILTER (WHERE NOT is_won) AS draws FROM (
        SELECT d.user_id, w.number IS NOT NULL AS is_won,
               count(w.number) OVER (PARTITION BY d.user_id ORDER BY d.number) AS wins
        FROM lottery_draws d LEFT JOIN lottery_wins w USING (lottery_id, number)
        WHERE lottery_id = :id
    ) numbered GROUP BY user_id, wins
) runs
"""
_MONEY = "SELECT drawn, spent_fen, budget_fen, costs_fen FROM lotteries WHERE id = :id"
# By shopper, over all lotteries: nobody got points for anything else.
_POINTS = """
WITH prizes AS MATERIALIZED (
    SELECT lottery_id, version, p.at - 1 AS place,
           CAST(p.prize #>> '{reward,0,count}' AS bigint) AS points
    FROM lottery_versions CROSS JOIN jsonb_array_elements(CAST(canonical AS jsonb) -> 'prizes')
        WITH ORDINALITY AS p(prize, at)
), won AS (
    SELECT d.user_id, sum(p.points) AS points FROM lottery_draws d
    JOIN prizes p
        ON p.lottery_id = d.lottery_id AND p.version = d.version AND p.place = d.prize
    GROUP BY d.user_id
)
SELECT coalesce(sum(w.points), 0) AS points,
       count(*) FILTER (WHERE coalesce(w.points, 0)
           <> coalesce(a.available + a.frozen + a.held - a.debt, 0)) AS wrong
FROM won w FULL JOIN points_accounts a USING (user_id)
"""
_REFUSED = "SELECT count(*) FROM lottery_wins WHERE refusal IS NOT NULL"


def check(lottery_id: int, smaller_id: int, draws: int) -> Iterator[Row]:
    """All but what the doctor and `mall lottery verify` ask."""
    with transaction() as session:
        table = table_of(session, lottery_id, 1)
    missing = _one(_GAPS, id=lottery_id, draws=draws)[0]
    yield exactly(f"numbers amiss of 1 to {draws}", missing, "numbers", 0)
    yield from _prizes(lottery_id, table)
    longest = _one(_LONGEST, id=lottery_id)[0]
    yield at_most("longest run without a win", longest, "draws", GUARANTEE - 1)
    yield from _budgets(lottery_id, smaller_id)
    points = _one(_POINTS)
    yield Row("points that the prizes say", int(points.points), "points")
    yield exactly("shoppers with other points than their prizes'", points.wrong, "shoppers", 0)
    yield exactly("prizes that were refused", _one(_REFUSED)[0], "prizes", 0)


def _prizes(lottery_id: int, table: Table) -> Iterator[Row]:
    """Counted ones exactly, those by weight as likely as published. A guaranteed draw would have
    been a thank-you, the last of the table."""
    with transaction() as session:
        won = {row.prize: row for row in session.execute(text(_WON), {"id": lottery_id})}
    drawn = [won[place].drawn if place in won else 0 for place in range(len(table.prizes))]
    guaranteed = sum(one.guaranteed for one in won.values())
    drawn[-1] += guaranteed
    for prize, count in zip(table.prizes, drawn, strict=True):
        if prize.count is not None:
            yield exactly(f"prizes {prize.name}", count, "prizes", prize.count)
    weights = [prize.weight for prize in table.prizes if prize.weight]
    seen = [drawn[place] for place, prize in enumerate(table.prizes) if prize.weight]
    expected = [sum(seen) * weight / sum(weights) for weight in weights]
    p = float(chisquare(seen, expected).pvalue)
    yield at_least("draws by weight, p of chi-square", p, "probability", LEAST_P)
    yield Row("draws that the guarantee decided", guaranteed, "draws")


def _budgets(lottery_id: int, smaller_id: int) -> Iterator[Row]:
    for name, one_id in (("lottery", lottery_id), ("smaller lottery", smaller_id)):
        found = _one(_MONEY, id=one_id)
        yield at_most(f"{name}: spent", found.spent_fen, "fen", found.budget_fen)
    yield Row(f"{name}: draws", found.drawn, "draws")
    left = found.budget_fen - found.spent_fen
    yield at_most(f"{name}: budget that is left", left, "fen", max(found.costs_fen) - 1)


def ask_doctor() -> Iterator[Row]:
    """Every invariant of the house, over the whole history."""
    say("asking the doctor …")
    began, broken = time.perf_counter(), 0
    for outcome in check_all():
        if not outcome.holds:
            say(str(outcome))
            broken += 1
    yield exactly("invariants that don't hold", broken, "invariants", 0)
    yield Row("the doctor's full run", time.perf_counter() - began, "s")


def _one(statement: str, **values: int) -> Any:
    with transaction() as session:
        return session.execute(text(statement), values).one()
