"""Two staff members decide one request at the same instant."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.approvals import deciding
from mall.approvals.errors import ApprovalEnded, ApprovalPending
from mall.approvals.kinds import APPROVAL_KINDS, ApprovalKind, Approved
from mall.approvals.models import APPROVED, Approval
from mall.kernel.db import db
from mall.payments.refunds.approving import REFUND, RefundAsked, refund_or_ask
from mall.payments.refunds.requesting import RequestedLine
from mall.payments.settings import REFUND_APPROVAL_ABOVE_FEN
from tests.approvals.world import Desk, desk_of, gifts, staff
from tests.support.features import installed
from tests.support.invariants import check_invariants
from tests.support.races import slow_writes, together
from tests.support.settings import set_setting
from tests.support.shipping import make_paid_order
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


def race_with_an_order(app: Flask, kind: ApprovalKind) -> list[object]:
    """A refund is approved, slowly, while somebody asks for another one of the same order."""
    set_setting(REFUND_APPROVAL_ABOVE_FEN, 1)
    order = make_paid_order(4)
    lines = [RequestedLine(order.line_ids[0], 1)]

    def slowly(session: Session, approved: Approved) -> str | None:
        time.sleep(0.4)
        return kind.execute(session, approved)

    def ask_again() -> object:
        time.sleep(0.2)
        return refund_or_ask(order.order_no, lines, 0, "破损")

    first = refund_or_ask(order.order_no, lines, 0, "破损")
    assert isinstance(first, RefundAsked)
    decider = staff(make_staff("approval:read", "refund:approve"))
    with installed(lambda mall: mall.add(APPROVAL_KINDS, replace(kind, execute=slowly))):
        approval = functools.partial(deciding.approve, decider, first.approval_id, "")
        return list(together(app, [approval, ask_again]))


def test_asking_and_deciding_about_one_order_never_wait_for_each_other(app: Flask) -> None:
    approved, asked = race_with_an_order(app, REFUND)
    assert approved is None
    assert isinstance(asked, RefundAsked)
    check_invariants()


def test_the_control_a_kind_that_locks_nothing_runs_into_a_deadlock(app: Flask) -> None:
    outcomes = race_with_an_order(app, replace(REFUND, lock=lambda *_: None))
    assert any("deadlock" in str(outcome) for outcome in outcomes)
