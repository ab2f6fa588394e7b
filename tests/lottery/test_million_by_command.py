"""`python -m benchmarks.million_draws` with a few draws: all holds, and what is wrong is seen."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from benchmarks.million_draws.checks import check
from benchmarks.million_draws.measuring import measure
from mall.kernel.db import transaction

DRAWS = 200
WRONG = {
    f"numbers amiss of 1 to {DRAWS}": "DELETE FROM lottery_draws WHERE number = 7",
    "prizes 小奖": "UPDATE lottery_draws SET prize = 0 WHERE prize = 2",
    "draws by weight, p of chi-square": "UPDATE lottery_draws SET prize = 4 WHERE prize = 5",
    "longest run without a win": "DELETE FROM lottery_wins",
    "lottery: spent": (
        "ALTER TABLE lotteries DROP CONSTRAINT ck_lotteries_budget;"
        "UPDATE lotteries SET spent_fen = budget_fen + 1"
    ),
    "smaller lottery: budget that is left": "UPDATE lotteries SET spent_fen = 0",
    "shoppers with other points than their prizes'": "UPDATE points_accounts SET available = 1",
    "prizes that were refused": "UPDATE lottery_wins SET grant_id = NULL, refusal = 'x'",
}


class Undone(Exception):
    """Nothing of a transaction is kept."""


def test_a_few_draws_of_a_million(app: Flask) -> None:
    rows = list(measure(DRAWS, 2))
    assert [row for row in rows if row.holds is False] == []
    figures = {row.figure for row in rows if row.holds}
    assert figures >= WRONG.keys()
    with transaction() as session:
        ids = list(session.scalars(text("SELECT id FROM lotteries ORDER BY id")))
    for figure, change in WRONG.items():
        assert figure in failing(ids, change)


def failing(ids: list[int], change: str) -> set[str]:
    """The figures that don't hold after a change that nobody may make."""
    found: set[str] = set()
    try:
        with transaction() as session:
            for one in ("SET LOCAL session_replication_role = replica", *change.split(";")):
                session.execute(text(one))
            found = {row.figure for row in check(ids[0], ids[1], DRAWS) if row.holds is False}
            raise Undone
    except Undone:
        return found
