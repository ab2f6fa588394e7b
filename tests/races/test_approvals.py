"""Two staff members decide one request at the same instant."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from mall.approvals import deciding
from mall.approvals.errors import ApprovalEnded, ApprovalPending
from mall.approvals.models import APPROVED, Approval
from mall.kernel.db import db
from tests.approvals.world import Desk, desk_of, gifts, staff
from tests.support.invariants import check_invariants
from tests.support.races import slow_writes, together
from tests.support.staff import make_staff

OTHERS = ("approval:read", "gift:approve")


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with desk_of(app, left=9) as desk:
        yield desk


def status_of(approval_id: int) -> str | None:
    return db.session.scalar(select(Approval.status).where(Approval.id == approval_id))


def test_the_first_of_several_decisions_counts(app: Flask, desk: Desk) -> None:
    asked = desk.ask()
    deciders = [desk.decider, *(staff(make_staff(*OTHERS)) for _ in range(3))]
    calls = [
        functools.partial(deciding.approve if i % 2 else deciding.reject, one, asked, "")
        for i, one in enumerate(deciders)
    ]
    with slow_writes("approvals", of="UPDATE"):
        outcomes = together(app, calls)
    assert sum(one is None for one in outcomes) == 1
    assert sum(isinstance(one, ApprovalEnded) for one in outcomes) == 3
    assert gifts() == (1 if status_of(asked) == APPROVED else 0)
    check_invariants()


def test_one_of_several_approvals_is_carried_out(app: Flask, desk: Desk) -> None:
    asked = desk.ask()
    deciders = [desk.decider, *(staff(make_staff(*OTHERS)) for _ in range(3))]
    with slow_writes("approvals", of="UPDATE"):
        together(app, [functools.partial(deciding.approve, one, asked, "") for one in deciders])
    assert gifts() == 1
    check_invariants()


def test_the_control_decided_without_a_look_at_the_state(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever carries out first and asks later carries out twice."""
    monkeypatch.setattr(deciding, "_end", lambda *_: None)
    asked = desk.ask()
    other = staff(make_staff(*OTHERS))
    together(
        app, [functools.partial(deciding.approve, one, asked, "") for one in (desk.decider, other)]
    )
    assert len(desk.done) == 2


def test_one_of_several_requests_about_a_thing_is_open(app: Flask, desk: Desk) -> None:
    askers = [desk.asker, desk.decider, desk.asker, desk.decider]
    with slow_writes("approvals", of="INSERT"):
        outcomes = together(app, [functools.partial(desk.ask, "A", one) for one in askers])
    assert sum(isinstance(one, int) for one in outcomes) == 1
    assert sum(isinstance(one, ApprovalPending) for one in outcomes) == 3
