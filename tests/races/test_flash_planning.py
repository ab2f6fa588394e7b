"""Sessions that are planned, armed and settled at the same instant."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask

from mall.flashsale.errors import SessionNotIn, SessionsOverlap, SlotTaken
from mall.flashsale.planning import fitting, running, sessions
from mall.flashsale.planning.schemas import FlashItemInput
from mall.flashsale.planning.slots import create_slot
from mall.kernel.clock import SHOP_ZONE
from tests.support.catalog import make_sku
from tests.support.flashsale import (
    armed_session,
    item_row,
    item_terms,
    let_it_end,
    make_item,
    make_session,
    soon,
)
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.races import slow_writes, together


def test_a_sku_gets_into_one_of_two_sessions(app: Flask) -> None:
    assert racing_items(app) == 1


def test_control_without_the_lock_both_get_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor that of the SKU, behind which they wait for each other, too."""
    monkeypatch.setattr(sessions, "lock_planning", lambda _: None)
    monkeypatch.setattr(fitting, "lock_use", lambda *_: None)
    assert racing_items(app) == 2


def racing_items(app: Flask) -> int:
    """How many of two overlapping sessions got the SKU."""
    terms = FlashItemInput().load(item_terms(make_sku(price_fen=19_900)))
    calls = [partial(sessions.add_item, make_session(), **terms) for _ in range(2)]
    with slow_writes("audit_entries", seconds=0.8):  # after the check, before the commit
        outcomes = together(app, calls)
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, SessionsOverlap) for one in refused), refused
    return len(outcomes) - len(refused)


def test_a_slot_of_a_day_is_taken_once(app: Flask) -> None:
    slot_id = create_slot(name="十点", starts_minute=600, lasts_min=60, enabled=True)
    day = soon(days=1).astimezone(SHOP_ZONE).date()
    terms = {"name": "场", "kind": "timed", "slot_id": slot_id, "day": day, "warm_up_s": 60}
    call = partial(
        sessions.create_session, **terms, starts_at=None, ends_at=None, limit_per_user=None
    )
    outcomes = together(app, [call] * 4)
    assert sum(isinstance(one, int) for one in outcomes) == 1
    assert sum(isinstance(one, SlotTaken) for one in outcomes) == 3


def test_armed_and_settled_once(app: Flask) -> None:
    session_id = make_session()
    item_id = make_item(session_id, shelf=50)
    outcomes = together(app, [partial(running.arm, session_id)] * 4)
    assert sum(isinstance(one, SessionNotIn) for one in outcomes) == 3, outcomes
    sku_id = item_row(item_id).sku_id
    assert units(sku_id) == Units(40, 10)
    let_it_end(session_id)
    assert together(app, [partial(running.end_if_due, session_id)] * 4).count(True) == 1
    assert together(app, [partial(running.settle, session_id)] * 4).count(True) == 1
    assert units(sku_id) == Units(50)
    check_invariants()


def test_two_sessions_share_a_shelf(app: Flask) -> None:
    """Fifteen units, two sessions one after the other that want ten each: one is armed."""
    sku_id = stock(make_sku(price_fen=19_900), 15)
    first = make_session()
    second = make_session(starts_at=soon(hours=2).isoformat(), ends_at=soon(hours=3).isoformat())
    for session_id in (first, second):
        make_item(session_id, sku_id)
    outcomes = together(app, [partial(running.arm, one) for one in (first, second)])
    assert sorted(one is None for one in outcomes) == [False, True]
    assert units(sku_id) == Units(5, 10)
    check_invariants()


def test_aborting_while_it_is_paused_and_resumed(app: Flask) -> None:
    session_id, _ = armed_session()
    outcomes = together(
        app,
        [
            *[partial(running.abort, session_id, "keep")] * 2,
            *[partial(running.pause, session_id), partial(running.resume, session_id)] * 2,
        ],
    )
    assert outcomes[:2].count(None) == 1
    running.settle(session_id)
    check_invariants()
