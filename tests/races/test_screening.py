"""Screening that races: staff against staff, staff against an order that settles, event twins."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.referral.attribution.attributing import attribute
from mall.referral.invites import handlers
from mall.referral.invites.events import InviteChanged
from mall.referral.invites.following import follow
from mall.referral.screening import screening
from tests.support.bringing import settled_event
from tests.support.heard import heard
from tests.support.invariants import rows_of
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.screening import (
    decide_as,
    invite_of,
    make_invitee,
    make_screener,
    order,
    settle,
    standing_of,
    trail_of,
    work,
)

TABLE = "referral_screenings"
TIMES = 8


def check() -> None:
    assert {code: rows for code in ("I56a", "I56b", "I21c") if (rows := rows_of(code))} == {}


# -- two staff decide at once -----------------------------------------------------------------


def two_decide(app: Flask) -> tuple[list[tuple[str, str]], str, list[Any]]:
    """One releases, one voids the same binding: the trail, the end, and what the calls gave."""
    _, binding_id = make_invitee(app)
    calls = [
        partial(decide_as, make_screener(), binding_id, decision)
        for decision in ("release", "void")
    ]
    with slow_writes(TABLE, of="UPDATE"):
        found = together(app, calls)
    return trail_of(binding_id), standing_of(binding_id)[0], found


def test_of_two_decisions_the_second_knows_the_first(app: Flask) -> None:
    trail, end, found = two_decide(app)
    assert found == [None, None]
    (first, second) = trail
    assert first[0] == "waiting"
    assert second[0] == first[1], "the second replaces what the first decided"
    assert end == second[1], "the trail ends where the binding stands"


def test_control_without_the_lock_the_first_decision_is_lost(app: Flask) -> None:
    with without_row_locks(TABLE):
        trail, _, _ = two_decide(app)
    assert [was for was, _ in trail] == ["waiting", "waiting"]


# -- the same decision many times -------------------------------------------------------------


def void_many_times(app: Flask) -> int:
    _, binding_id = make_invitee(app)
    calls = [partial(decide_as, make_screener(), binding_id, "void")] * TIMES
    with slow_writes(TABLE, of="UPDATE", seconds=0.05):
        assert together(app, calls) == [None] * TIMES
    assert standing_of(binding_id)[0] == "void"
    return len(trail_of(binding_id))


def test_the_same_decision_many_times_is_one(app: Flask) -> None:
    assert void_many_times(app) == 1


def test_control_without_the_lock_it_is_many(app: Flask) -> None:
    with without_row_locks(TABLE):
        assert void_many_times(app) > 1


# -- staff void while an order settles --------------------------------------------------------


def void_while_it_settles(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> tuple[str | None, str, int | None]:
    """Staff void when the settled order's handler has read how the binding stands, and hasn't
    written: the invite, how the binding stands, and who decided."""
    invitee, binding_id = make_invitee(app)
    order_no = order(invitee)
    work(app)
    assert invite_of(binding_id) == "ordered"
    settle(order_no)
    has_read, has_decided = threading.Event(), threading.Event()
    counts_of, staff = screening.counts_of, make_screener()

    def count_slowly(*args: Any) -> dict[str, int]:
        has_read.set()
        has_decided.wait(0.5)  # behind the lock nobody decides meanwhile
        return counts_of(*args)

    def hear() -> None:
        with transaction() as session:
            handlers.follow_order(session, settled_event(order_no))

    def void() -> None:
        assert has_read.wait(30)
        decide_as(staff, binding_id, "void")
        has_decided.set()

    with monkeypatch.context() as patch:
        patch.setattr(screening, "counts_of", count_slowly)
        assert together(app, [hear, void]) == [None, None]
    work(app)
    return invite_of(binding_id), *standing_of(binding_id)


def test_what_staff_void_while_it_settles_is_void(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    invite, standing, staff_id = void_while_it_settles(app, monkeypatch)
    assert (invite, standing) == ("void", "void")
    assert staff_id is not None
    check()


def test_control_without_the_lock_the_score_overrules_staff(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_row_locks(TABLE):
        invite, standing, staff_id = void_while_it_settles(app, monkeypatch)
    assert (invite, standing) == ("qualified", "clear")
    assert staff_id is not None


@pytest.mark.parametrize("decision", ["void", "release", "hold"])
def test_whoever_is_first_the_invite_ends_as_staff_say(app: Flask, decision: str) -> None:
    invitee, binding_id = make_invitee(app)
    order_no = order(invitee)
    work(app)
    settle(order_no)
    calls = [partial(work, app), partial(decide_as, make_screener(), binding_id, decision)]
    with slow_writes(TABLE, of="UPDATE", seconds=0.05):
        together(app, calls)
    work(app)
    assert (
        invite_of(binding_id)
        == {"void": "void", "release": "qualified", "hold": "waiting"}[decision]
    )
    check()


# -- one order's events at the same moment ----------------------------------------------------


def follow_at_once(app: Flask) -> tuple[int, list[str]]:
    """The first order of an invitee is heard of several times at once: how often that the invite
    has changed is told, and what the calls gave."""
    invitee, binding_id = make_invitee(app)
    with heard(InviteChanged) as events:
        order_no = order(invitee)
        with transaction() as session:
            attribute(session, order_no)

        def hear() -> None:
            with transaction() as session:
                follow(session, binding_id)

        with slow_writes("referral_invites", of="INSERT", seconds=0.1):
            found = together(app, [hear] * 4)
        work(app)
    assert invite_of(binding_id) == "ordered"
    return len(events), sorted(type(one).__name__ for one in found)


def test_an_order_heard_of_several_times_makes_one_invite(app: Flask) -> None:
    assert follow_at_once(app) == (1, ["NoneType"] * 4)
    check()


def test_control_without_the_lock_the_others_fail(app: Flask) -> None:
    with without_row_locks("referral_bindings"):
        told, outcomes = follow_at_once(app)
    assert told == 1, "the unique constraint stands behind the lock"
    assert outcomes == ["IntegrityError"] * 3 + ["NoneType"]
