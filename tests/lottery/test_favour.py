"""The pure rules: what a change may not worsen, and what a lottery may cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mall.lottery.rules.favour import grown_pool, objections
from mall.lottery.rules.outcomes import outcome, random_number
from mall.lottery.rules.previewing import guaranteed_share, preview
from mall.lottery.rules.table import THANKS, Guarantee, Pool, Table, dearest_fen, full_pool
from tests.lottery.tables import MIXED, SECRET, nothing, sound_tables, table, won

# -- in the consumer's favour ---------------------------------------------------------------

OLD = MIXED
FULL = full_pool(OLD)


def prizes(**changes: int) -> Table:
    """The old table, with other figures of its first two prizes and the thank-you."""
    big, small, none = OLD.prizes
    return replace(
        OLD,
        tickets=changes.get("tickets", 100),
        prizes=(
            replace(big, count=changes.get("count", 2), worth_fen=changes.get("worth", 500)),
            replace(small, weight=changes.get("weight", 3)),
            replace(none, weight=changes.get("thanks", 7)),
        ),
    )


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        replace(OLD, ends_at=OLD.ends_at + timedelta(days=1)),
        replace(OLD, guarantee=Guarantee(4, 1)),
        replace(OLD, daily_draws=4),
        replace(OLD, daily_draws=None),
        replace(OLD, price_points=19),
        replace(OLD, budget_fen=10_001),
        replace(OLD, budget_fen=None),
        prizes(thanks=6),
        prizes(weight=4),
        prizes(worth=501),
        prizes(count=4, tickets=200),
        replace(OLD, prizes=(*OLD.prizes[:2], nothing(6), won(weight=1))),
        replace(
            OLD, prizes=(replace(OLD.prizes[0], reward=won(points=501).reward), *OLD.prizes[1:])
        ),
    ],
)
def test_changes_in_favour(new: Table) -> None:
    assert list(objections(OLD, new, FULL)) == []


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (replace(OLD, name="x"), "name"),
        (replace(OLD, text="x"), "text"),
        (replace(OLD, starts_at=OLD.starts_at - timedelta(1)), "starts_at"),
        (replace(OLD, ends_at=OLD.ends_at - timedelta(1)), "ends_at"),
        (replace(OLD, guarantee=None), "guarantee"),
        (replace(OLD, guarantee=Guarantee(6, 1)), "guarantee"),
        (replace(OLD, guarantee=Guarantee(5, 0)), "guarantee"),
        (replace(OLD, daily_draws=2), "daily_draws"),
        (replace(OLD, price_points=None), "price_points"),
        (replace(OLD, price_points=21), "price_points"),
        (replace(OLD, budget_fen=9_999), "budget_fen"),
        (replace(OLD, tickets=None, prizes=OLD.prizes[1:]), "prizes"),
        (prizes(tickets=99), "tickets"),
        (prizes(tickets=101), "prizes"),
        (prizes(count=1), "prizes"),
        (prizes(worth=499), "prizes"),
        (prizes(weight=2), "prizes"),
        (prizes(thanks=8), "prizes"),
        # One more counted prize takes a ticket from those by weight.
        (prizes(count=3), "prizes"),
        (replace(OLD, prizes=OLD.prizes[:2]), "prizes"),
        (replace(OLD, prizes=(won(count=2), *OLD.prizes[1:])), "prizes"),
        (replace(OLD, prizes=(OLD.prizes[0], won(count=3, name="小奖"), OLD.prizes[2])), "prizes"),
        (
            replace(OLD, prizes=(replace(OLD.prizes[0], reward=won().reward), *OLD.prizes[1:])),
            "prizes",
        ),
        (replace(OLD, prizes=(*OLD.prizes, won(weight=1))), "prizes"),
    ],
)
def test_changes_that_are_worse(new: Table, field: str) -> None:
    assert field in {name for name, _ in objections(OLD, new, FULL)}


def test_a_bound_that_comes_to_a_table_without_it_is_worse() -> None:
    old = replace(OLD, daily_draws=None, budget_fen=None)
    new = replace(old, daily_draws=1_000, budget_fen=10**9)
    assert [name for name, _ in objections(old, new, FULL)] == ["daily_draws", "budget_fen"]


def test_the_next_draw_counts_too() -> None:
    """Doubling counts and tickets is fair at the start, and worse once the tickets are nearly out
    and every counted prize is left."""
    new = prizes(count=4, tickets=200)
    nearly_out = Pool(98, (2, 0, 0))
    assert list(objections(OLD, new, FULL)) == []
    assert [name for name, _ in objections(OLD, new, nearly_out)] == ["prizes"]
    assert grown_pool(OLD, new, nearly_out) == Pool(98, (4, 0, 0))


# -- cost -----------------------------------------------------------------------------------


def test_the_preview() -> None:
    free = replace(MIXED, budget_fen=None, guarantee=None)
    costs = [500, 10, 0]
    assert preview(free, costs, 100).expected_fen == 2 * 500 + 294
    assert preview(free, costs, 100).worst_fen == 2 * 500 + 98 * 10
    assert preview(free, costs, 10**9).draws == 100, "no more than the tickets"
    assert preview(free, costs, 1).worst_fen == 500
    bounded = preview(replace(free, budget_fen=600), costs, 100)
    assert (bounded.expected_fen, bounded.worst_fen) == (600, 600)


def test_the_preview_of_a_guarantee() -> None:
    """Nobody wins but by the guarantee: one draw in four."""
    one = table(won(weight=0), won(weight=1), nothing(10**6), guarantee=Guarantee(4, 0))
    assert guaranteed_share(one) == pytest.approx(0.25, rel=1e-3)
    assert preview(one, [100, 0, 0], 1_000).expected_fen == pytest.approx(25_000, rel=1e-3)
    assert preview(one, [100, 0, 0], 1_000).worst_fen == 100_000


def test_the_dearest_that_may_come() -> None:
    costs = [500, 10, 0]
    assert dearest_fen(MIXED, costs, FULL) == 500
    assert dearest_fen(MIXED, costs, Pool(50, (0, 0, 0))) == 10
    assert dearest_fen(MIXED, [0, 10, 0], Pool(98, (2, 0, 0))) == 0, "no other ticket is left"
    guaranteed = table(won(weight=0), won(weight=1), nothing(), guarantee=Guarantee(4, 0))
    assert dearest_fen(guaranteed, [9, 1, 0], full_pool(guaranteed)) == 9


@given(sound_tables(), st.lists(st.integers(0, 50), min_size=7, max_size=7), st.integers(0, 300))
@settings(max_examples=60)
def test_a_budget_is_never_passed_by_any_run(one: Table, costs: list[int], budget: int) -> None:
    """Draws go on while the dearest prize that may come is paid for."""
    pool, dry, spent = full_pool(one), 0, 0
    for number in range(1, (one.tickets or 40) + 1):
        if spent + dearest_fen(one, costs[: len(one.prizes)], pool) > budget:
            break
        came = outcome(one, pool, dry, random_number(SECRET, 7, 1, number, "b"))
        dry = dry + 1 if one.prizes[came.prize].kind == THANKS else 0
        spent, pool = spent + costs[came.prize], came.pool
        assert spent <= budget
