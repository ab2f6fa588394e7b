"""Points that race. Each race is run once more on a ledger without its guards: what it shows then
is what they prevent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask

from mall.points.ledger.expiring import expire_batch
from mall.points.ledger.posting import Reversed
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.points import (
    figures,
    give,
    give_back,
    hold,
    make_due,
    release,
    reverse,
    settle,
    thaw,
)
from tests.support.races import slow_writes, together
from tests.support.unguarded import unguarded_points
from tests.support.users import make_shopper

Seen = tuple[int, int, int, int]


def at_once(app: Flask, *calls: Callable[[], object], slowly: str = "points_lots") -> list[str]:
    """The calls together, while each write to a table takes long: what they answered, sorted."""
    with slow_writes(slowly, seconds=0.1):
        found = together(app, calls)
    return sorted(type(one).__name__ if isinstance(one, Exception) else str(one) for one in found)


def last_points(app: Flask) -> tuple[int, Seen]:
    """All points wanted by four holds: how many got them."""
    user_id = make_shopper()[0]
    give(user_id, 10)
    found = at_once(app, *(partial(hold, user_id, f"{n}", 10) for n in range(4)))
    return 4 - found.count("PointsShort"), figures(user_id)


def expiry_and_holds(app: Flask) -> tuple[int, Seen]:
    """Ten points end, five are left: the sweep beside two holds of five."""
    user_id = make_shopper()[0]
    due = give(user_id, 10)
    give(user_id, 5)
    make_due(due)
    holds = [partial(hold, user_id, name, 5) for name in "ab"]
    found = at_once(app, expire_batch, expire_batch, *holds)
    return 2 - found.count("PointsShort"), figures(user_id)


def reversals(app: Flask) -> tuple[int, Seen]:
    """A grant of ten, six of them spent, is undone four times: how often it did something."""
    user_id = make_shopper()[0]
    entry_id = give(user_id, 10)
    hold(user_id, "a", 6)
    settle("a")
    found = at_once(app, *[partial(reverse, entry_id)] * 4)
    return 4 - found.count(str(Reversed(0, 0))), figures(user_id)


def thaws(app: Flask) -> tuple[int, Seen]:
    """A frozen grant is thawed four times."""
    user_id = make_shopper()[0]
    entry_id = give(user_id, 10, frozen=True)
    found = at_once(app, *[partial(thaw, entry_id)] * 4)
    return 4 - found.count("0"), figures(user_id)


def one_source(app: Flask) -> tuple[int, Seen]:
    """One reason is posted four times: how many entries there are of it."""
    user_id = make_shopper()[0]
    found = at_once(app, *[partial(give, user_id, 5, source="x")] * 4)
    return len(set(found)), figures(user_id)


def settlements(app: Flask) -> tuple[int, Seen]:
    """One hold is settled four times."""
    user_id = make_shopper()[0]
    give(user_id, 10)
    hold(user_id, "a", 4)
    found = at_once(app, *[partial(settle, "a")] * 4, slowly="points_holds")
    return found.count("4"), figures(user_id)


RACES = {
    last_points: (1, (0, 0, 10, 0)),
    expiry_and_holds: (1, (0, 0, 5, 0)),
    reversals: (1, (0, 0, 0, 6)),
    thaws: (1, (10, 0, 0, 0)),
    one_source: (1, (5, 0, 0, 0)),
    settlements: (1, (6, 0, 0, 0)),
}


@pytest.mark.parametrize("race", RACES)
def test_of_many_at_once_it_happens_once(
    app: Flask, race: Callable[[Flask], tuple[int, Seen]]
) -> None:
    assert race(app) == RACES[race]
    check_invariants()


@pytest.mark.parametrize("race", RACES)
def test_control_without_guards_it_happens_more_often(
    app: Flask, race: Callable[[Flask], tuple[int, Seen]]
) -> None:
    with unguarded_points():
        times, seen = race(app)
    assert times > RACES[race][0]
    assert seen != RACES[race][1]


def test_one_hold_is_ended_once(app: Flask) -> None:
    user_id = make_shopper()[0]
    give(user_id, 10)
    hold(user_id, "a", 10)
    ends = together(app, [partial(settle, "a"), partial(release, "a")] * 3)
    assert sorted(map(str, ends)) == ["0"] * 5 + ["10"]
    if figures(user_id)[0] == 0:
        back = together(app, [partial(give_back, "a", n) for n in (3, 7, 10, 10)])
        assert sum(n for n in back if isinstance(n, int)) == 10
    assert figures(user_id) == (10, 0, 0, 0)
    assert not broken_invariants()
