"""Activities that are started at the same instant."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.activities import saving, starting
from mall.groupbuy.activities.errors import GroupActivityNotDraft, GroupWindowsCross
from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.activities.saving import change_activity, create_activity, delete_activity
from mall.groupbuy.activities.starting import start_activity
from mall.inventory.errors import OutOfStock
from mall.kernel.db import db_now, transaction
from tests.support.catalog import make_sku
from tests.support.groupbuy import activity_terms
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.races import slow_writes, together


def drafts(count: int, sku_id: int, **more: Any) -> list[int]:
    return [create_activity(activity_terms(sku_id=sku_id, **more)) for _ in range(count)]


def statuses() -> list[str]:
    with transaction() as session:
        found = session.scalars(text("SELECT status FROM groupbuy_activities ORDER BY id"))
        return sorted(found)


def racing_windows(app: Flask) -> list[Exception]:
    """Two activities of one product, open at the same time, are started: the refusals."""
    sku_id = stock(make_sku(10_000), 100)
    calls = [partial(start_activity, one) for one in drafts(2, sku_id, stock_units=10)]
    with slow_writes("audit_entries", seconds=0.8):  # after the check, before the commit
        outcomes = together(app, calls)
    return [one for one in outcomes if isinstance(one, Exception)]


def test_one_of_two_crossing_activities_starts(app: Flask) -> None:
    (refused,) = racing_windows(app)
    assert isinstance(refused, GroupWindowsCross)
    assert statuses() == ["draft", "started"]
    check_invariants()


def test_control_without_the_lock_both_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "lock_product", lambda *_: None)
    assert racing_windows(app) == []
    assert "I48a" in str(broken_invariants())


def read_activity(session: Session, activity_id: int) -> GroupActivity:
    """In place of `locked_activity`: read, and not locked."""
    return session.get_one(GroupActivity, activity_id)


def racing_starts(app: Flask) -> list[Exception]:
    """One activity is started by four at once: the refusals."""
    (activity_id,) = drafts(1, stock(make_sku(10_000), 100), stock_units=20)
    with slow_writes("audit_entries", seconds=0.3):
        outcomes = together(app, [partial(start_activity, activity_id)] * 4)
    return [one for one in outcomes if isinstance(one, Exception)]


def test_an_activity_starts_once(app: Flask) -> None:
    refused = racing_starts(app)
    assert [type(one) for one in refused] == [GroupActivityNotDraft] * 3
    check_invariants()


def test_control_without_the_row_lock_others_get_further(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They don't see that it was started: only the unique version stops them."""
    monkeypatch.setattr(saving, "locked_activity", read_activity)
    monkeypatch.setattr(starting, "lock_product", lambda *_: None)
    assert GroupActivityNotDraft not in {type(one) for one in racing_starts(app)}


def test_the_last_units_go_to_one_activity(app: Flask) -> None:
    """Fifteen units, two activities one after the other that want ten each."""
    sku_id = stock(make_sku(10_000), 15)
    with transaction() as session:
        now = db_now(session)
    first, second = (
        create_activity(
            activity_terms(
                sku_id=sku_id,
                stock_units=10,
                starts_at=now + timedelta(days=day),
                ends_at=now + timedelta(days=day + 1),
            )
        )
        for day in (1, 2)
    )
    outcomes = together(app, [partial(start_activity, one) for one in (first, second)])
    (refused,) = [one for one in outcomes if isinstance(one, Exception)]
    assert isinstance(refused, OutOfStock)
    assert units(sku_id) == Units(5, 10)
    check_invariants()


def test_started_changed_and_deleted_at_once(app: Flask) -> None:
    """Whatever comes first, stock is set aside for the terms that stand."""
    sku_id = stock(make_sku(10_000), 100)
    (activity_id,) = drafts(1, sku_id, stock_units=10)
    other = activity_terms(sku_id=sku_id, stock_units=30)
    outcomes = together(
        app,
        [
            partial(start_activity, activity_id),
            partial(change_activity, activity_id, other),
            partial(delete_activity, activity_id),
        ],
    )
    assert None in outcomes
    left = statuses()
    assert left in ([], ["started"])
    assert units(sku_id).reserved in ((10, 30) if left else (0,))
    check_invariants()
