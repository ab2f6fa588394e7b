"""Trials that race: many staff pick at once, one shopper applies and accepts many times."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import Insert

from mall.kernel.db import db, transaction
from mall.orders.models import Order
from mall.reviews.trials import participant, records, units
from mall.reviews.trials.accepting import accept, decline, lapse_due, own
from mall.reviews.trials.applying import apply
from mall.reviews.trials.models import TrialApplication, TrialOfficer
from mall.reviews.trials.moving import move
from mall.reviews.trials.picking import pick
from tests.support.invariants import check_invariants, rows_of
from tests.support.orders import Buyer, make_buyer
from tests.support.races import together, without
from tests.support.trials import (
    application,
    applied,
    counts,
    days_pass,
    make_trial,
    picked,
    received,
    write,
)

pytestmark = pytest.mark.usefixtures("app")


def outcomes(found: list[Any]) -> dict[str, int]:
    names = [getattr(one, "code", type(one).__name__) for one in found]
    return {name: names.count(name) for name in sorted(set(names))}


def pick_at_once(app: Flask, trial_id: int) -> dict[str, int]:
    """Eight staff pick an applicant each for two units."""
    applications = [applied(trial_id)[1] for _ in range(8)]
    return outcomes(together(app, [partial(pick, trial_id, [one]) for one in applications]))


def test_never_more_than_the_units_are_picked(app: Flask) -> None:
    trial_id = make_trial(2)
    assert pick_at_once(app, trial_id) == {"int": 2, "trial_full": 6}
    assert counts(trial_id) == (2, 2, 0)
    check_invariants()


def test_control_without_the_condition_too_many_are_picked(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial_id = make_trial(2)
    careless = text("UPDATE trials SET picked = picked + :count WHERE id = :trial_id RETURNING id")
    monkeypatch.setattr(units, "_TAKE", careless)
    rule = "CHECK (ordered >= 0 AND picked >= ordered AND units >= picked)"
    with without(
        "ALTER TABLE trials DROP CONSTRAINT ck_trials_units",
        f"ALTER TABLE trials ADD CONSTRAINT ck_trials_units {rule}",
        table="trials",
    ):
        assert pick_at_once(app, trial_id) == {"int": 8}
        assert rows_of("I75a")


def test_a_shopper_applies_once(app: Flask) -> None:
    trial_id, buyer = make_trial(), make_buyer()
    found = together(app, [partial(apply, buyer.user_id, trial_id, "")] * 10)
    assert outcomes(found) == {"int": 1, "trial_applied": 9}


def test_control_without_the_unique_row_several_apply(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial_id, buyer = make_trial(), make_buyer()
    name = "uq_trial_applications_trial_user"
    monkeypatch.setattr(Insert, "on_conflict_do_nothing", lambda self, **_: self)
    with without(
        f"ALTER TABLE trial_applications DROP CONSTRAINT {name}",
        f"ALTER TABLE trial_applications ADD CONSTRAINT {name} UNIQUE (trial_id, user_id)",
        table="trial_applications",
    ):
        found = together(app, [partial(apply, buyer.user_id, trial_id, "")] * 4)
        assert outcomes(found) == {"int": 4}
        query = select(func.count()).where(TrialApplication.user_id == buyer.user_id)
        assert db.session.scalar(query) == 4


def accept_at_once(app: Flask) -> tuple[int, list[Any]]:
    trial_id = make_trial(4)
    buyer, application_id = picked(trial_id)
    call = partial(accept, buyer.user_id, application_id, buyer.address_id)
    found = together(app, [call] * 8)
    db.session.rollback()
    orders = select(func.count()).where(Order.user_id == buyer.user_id)
    return db.session.scalar(orders) or 0, found


def test_a_unit_is_ordered_once(app: Flask) -> None:
    orders, found = accept_at_once(app)
    assert (orders, outcomes(found)) == (1, {"Placed": 1, "trial_state_conflict": 7})
    check_invariants()


def finish_at_once(app: Flask) -> int:
    """Two trials of a shopper are done at once; how many the record has."""
    buyer = make_buyer()
    ready = [reviewed(buyer) for _ in range(2)]
    with transaction() as session:  # as it is after the first trial
        session.execute(insert(TrialOfficer).values(user_id=buyer.user_id))
    both = threading.Barrier(2)

    def finish(application_id: int, review_id: int) -> None:
        values = {"review_id": review_id, "done_at": func.clock_timestamp()}
        with transaction() as session:
            assert move(session, application_id, "accepted", "done", **values)
            with suppress(threading.BrokenBarrierError):  # one waits for the other's commit
                both.wait(1)

    together(app, [partial(finish, *one) for one in ready])
    return db.session.scalars(
        select(TrialOfficer.done).where(TrialOfficer.user_id == buyer.user_id)
    ).one()


def reviewed(buyer: Buyer) -> tuple[int, int]:
    """An application whose review was written, and nobody has looked at it: both ids."""
    _, application_id, order_no = received(make_trial(), buyer)
    return application_id, write(order_no)


def test_of_two_trials_done_at_once_both_are_in_the_record(app: Flask) -> None:
    assert finish_at_once(app) == 2
    assert rows_of("I75e") == []


def test_control_without_the_records_lock_one_is_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_LOCK", text("SELECT CAST(:user_ids AS text)"))
    assert finish_at_once(app) == 1
    assert rows_of("I75e")


def test_accepting_against_declining_and_lapsing(app: Flask) -> None:
    trial_id = make_trial(6)
    pairs = [picked(trial_id) for _ in range(6)]
    calls: list[Any] = []
    for buyer, application_id in pairs:
        calls.append(partial(accept, buyer.user_id, application_id, buyer.address_id))
        calls.append(partial(decline, buyer.user_id, application_id))
    together(app, [*calls, lapse_due])
    statuses = [application(one).status for _, one in pairs]
    assert set(statuses) <= {"accepted", "declined"}
    orders = statuses.count("accepted")
    assert counts(trial_id) == (6, orders, orders)
    check_invariants()


def test_lapsing_twice_frees_a_unit_once(app: Flask) -> None:
    trial_id = make_trial(2)
    picked(trial_id)
    picked(trial_id)
    days_pass(9)
    together(app, [lapse_due] * 4)
    assert counts(trial_id) == (2, 0, 0)
    check_invariants()


def test_control_without_the_state_a_unit_is_ordered_several_times(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of `test_a_unit_is_ordered_once`."""
    careless = "UPDATE trial_applications SET status = 'accepted', order_id = :order_id"

    def move_anyhow(session: Any, application_id: int, *_: str, order_id: int) -> bool:
        values = {"order_id": order_id, "id": application_id}
        session.execute(text(f"{careless} WHERE id = :id"), values)
        return True

    def look_only(session: Any, user_id: int, application_id: int, _sku_id: int) -> Any:
        return own(session, user_id, application_id)

    monkeypatch.setattr(participant, "move", move_anyhow)
    monkeypatch.setattr(participant, "must_be_acceptable", look_only)
    rule = "CHECK (ordered >= 0 AND picked >= ordered AND units >= picked)"
    with without(
        "ALTER TABLE trials DROP CONSTRAINT ck_trials_units",
        f"ALTER TABLE trials ADD CONSTRAINT ck_trials_units {rule}",
        table="trials",
    ):
        orders, _ = accept_at_once(app)
        assert orders > 1
