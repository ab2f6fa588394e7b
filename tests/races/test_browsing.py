"""Browsing that races: one beat many times, pages at once, the day's caps."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.missions.browsing import viewing
from mall.missions.browsing.events import Browsed
from mall.missions.browsing.settings import VIEW_DAY_S, VIEW_SESSIONS
from mall.missions.browsing.viewing import BegunView, CountedView
from tests.support.browsing import make_product, seconds_pass
from tests.support.heard import heard
from tests.support.invariants import check_invariants
from tests.support.races import slow_writes, together
from tests.support.settings import set_setting
from tests.support.users import make_shopper

MANY = 16


def counted_ms(user_id: int) -> int:
    with transaction() as session:
        found = session.scalar(
            text("SELECT sum(counted_ms) FROM view_days WHERE user_id = :user_id"),
            {"user_id": user_id},
        )
    return int(found or 0)


def careless(monkeypatch: pytest.MonkeyPatch, name: str, *guards: str) -> None:
    """For a control: a statement without some of its conditions."""
    statement = copy(getattr(viewing, name))
    for guard in guards:
        assert guard in statement.sql, statement.sql
        statement.sql = statement.sql.replace(guard, "")
    monkeypatch.setattr(viewing, name, statement)


def one_beat_many_times(app: Flask) -> int:
    """Sixteen times the beat that ends a step of 15 s: what is counted in all, in ms."""
    user_id, _ = make_shopper()
    token = viewing.begin(user_id, "product", make_product()[0]).token
    for number in (1, 2):
        seconds_pass(5)
        viewing.beat(user_id, token, number)
    seconds_pass(5)
    with slow_writes("view_days", of="UPDATE", seconds=0.05):
        together(app, [partial(viewing.beat, user_id, token, 3)] * MANY)
    return counted_ms(user_id)


def test_one_beat_counts_once(app: Flask) -> None:
    with heard(Browsed) as events:
        assert one_beat_many_times(app) == 15_000
        run_pending(app)
        assert [one.seconds for one in events] == [15]  # type: ignore[attr-defined]
    check_invariants()


SEEN_AT, NUMBER = "seen_at = greatest(d.seen_at, m.now),", "AND d.beat = $1 - 1"


def test_control_without_number_and_moment_each_beat_counts(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless(monkeypatch, "_BEAT", SEEN_AT, NUMBER)
    assert one_beat_many_times(app) == (3 + MANY - 1) * 5_000


def in_a_row(user_id: int, tokens: list[str]) -> list[Callable[[], CountedView]]:
    return [partial(viewing.beat, user_id, token, 1) for token in tokens]


def pages_at_once(app: Flask) -> tuple[int, list[CountedView | Exception]]:
    """Two pages are open; five seconds later both send their beat."""
    user_id, _ = make_shopper()
    tokens = [viewing.begin(user_id, "product", make_product()[0]).token for _ in range(2)]
    seconds_pass(5)
    with slow_writes("view_days", of="UPDATE"):
        found = together(app, in_a_row(user_id, tokens))
    return counted_ms(user_id), found


def test_two_pages_at_once_count_once(app: Flask) -> None:
    counted, found = pages_at_once(app)
    assert counted == 5_000
    assert sorted(type(one).__name__ for one in found) == ["CountedView", "ViewSessionOver"]
    check_invariants()


def test_control_without_one_row_for_all_both_count(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless(monkeypatch, "_BEAT", SEEN_AT, NUMBER, "AND d.session_id = $7")
    assert pages_at_once(app)[0] == 10_000


def begin_at_once(app: Flask) -> list[BegunView | Exception]:
    """Pages begun at once where the day allows three more."""
    user_id, _ = make_shopper()
    set_setting(VIEW_SESSIONS, 5)
    product, _ = make_product()
    for _ in range(2):
        viewing.begin(user_id, "product", product)
    with slow_writes("view_sessions", of="INSERT", seconds=0.05):
        return together(app, [partial(viewing.begin, user_id, "product", product)] * MANY)


def test_a_day_begins_no_more_sessions_than_its_cap(app: Flask) -> None:
    found = [type(one).__name__ for one in begin_at_once(app)]
    assert (found.count("BegunView"), found.count("ViewSessionLimit")) == (3, MANY - 3)
    check_invariants()


def test_control_without_the_condition_more_begin(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless(monkeypatch, "_OPEN", "WHERE d.sessions < $2")
    found = [type(one).__name__ for one in begin_at_once(app)]
    assert found.count("BegunView") == MANY


def test_a_beat_and_the_next_page_at_once(app: Flask) -> None:
    """Whichever comes first, each second is told once."""
    user_id, _ = make_shopper()
    set_setting(VIEW_DAY_S, 12)
    product, _ = make_product()
    with heard(Browsed) as events:
        token = viewing.begin(user_id, "product", product).token
        for number in (1, 2):
            seconds_pass(5)
            viewing.beat(user_id, token, number)
        seconds_pass(5)
        with slow_writes("view_days", seconds=0.1):
            together(
                app,
                [
                    partial(viewing.beat, user_id, token, 3, last=True),
                    partial(viewing.begin, user_id, "product", product),
                ],
            )
        run_pending(app)
        assert sum(one.seconds for one in events) == counted_ms(user_id) // 1000  # type: ignore[attr-defined]
    check_invariants()
