"""Moderation that races, each with a control without the guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.reviews.moderation.contents import Change, lock_content, withdraw
from mall.reviews.moderation.deciding import decide
from mall.reviews.moderation.reporting import report
from mall.reviews.moderation.settings import REPORTS_BEFORE_REVIEW
from mall.reviews.moderation.staff_decisions import Decision, Seen, decide_many
from mall.reviews.moderation.verdicts import asked, take_push
from tests.support.moderated import KIND, notes, put, row
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.staff import make_staff
from tests.support.users import make_shopper

TABLE = "moderated_contents"
REFS = count(1)
"""Each round is about a content of its own."""


@pytest.fixture
def told(app: Flask) -> Iterator[list[Change]]:
    with notes() as changes:
        yield changes


def moderator() -> int:
    make_staff("content:moderate")
    with transaction() as session:
        return int(session.execute(text("SELECT max(id) FROM staff_members")).scalar_one())


def two_moderators(app: Flask, told: list[Change]) -> list[str]:
    """One approves, one refuses: what each was told, with how often the kind heard."""
    told.clear()
    ref = next(REFS)
    content = put(ref, make_shopper()[0], "很好")
    calls: list[Callable[[], object]] = [
        partial(decide_many, moderator(), [Seen(content, 1, "pending")], Decision("approve")),
        partial(
            decide_many, moderator(), [Seen(content, 1, "pending")], Decision("refuse", "广告")
        ),
    ]
    with slow_writes(TABLE, of="UPDATE", seconds=0.2):
        together(app, calls)
    return [f"{one.was}-{one.now}" for one in told]


def test_of_two_moderators_one_decides(app: Flask, told: list[Change]) -> None:
    for _ in range(3):
        heard = two_moderators(app, told)
        assert len(heard) == 1, heard


def test_control_without_locks_both_decide(app: Flask, told: list[Change]) -> None:
    with without_row_locks(TABLE):
        heard = [two_moderators(app, told) for _ in range(3)]
    assert any(len(each) == 2 for each in heard)


def push_and_staff(app: Flask, told: list[Change], *, push_first: bool) -> tuple[str, list[str]]:
    """A risky verdict is pushed while staff approve, a tenth of a second apart: the status, and
    what the kind heard."""
    told.clear()
    ref = next(REFS)
    who = make_shopper()[0]
    content = put(ref, who, "很好", "0" * 32 + ".jpg")
    with transaction() as session:
        check_id = session.execute(
            text("SELECT id FROM content_checks WHERE part LIKE '%.jpg' AND content_id = :id"),
            {"id": content},
        ).scalar_one()
        lock_content(session, KIND, ref)
        asked(session, f"t{check_id}", check_id)
    fields = {
        "trace_id": f"t{check_id}",
        "errcode": 0,
        "result": {"suggest": "risky", "label": 20002},
    }

    def push() -> None:
        sleep(0 if push_first else 0.1)
        with transaction() as session:
            take_push(session, fields)

    staff_id, seen = moderator(), [Seen(content, 1, "pending")]

    def approve() -> None:
        sleep(0.1 if push_first else 0)
        decide_many(staff_id, seen, Decision("approve"))

    calls: list[Callable[[], object]] = [push, approve]
    with slow_writes(TABLE, of="UPDATE", seconds=0.2):
        together(app, calls)
    return row(content).status, [f"{one.was}-{one.now}" for one in told]


def test_a_push_or_staff_decide_never_both(app: Flask, told: list[Change]) -> None:
    for push_first in (True, False, True, False):
        status, heard = push_and_staff(app, told, push_first=push_first)
        # Staff may be told that it was refused meanwhile; what they decided stands.
        assert heard == [f"pending-{status}"]


def test_control_without_locks_the_push_overwrites_staff(app: Flask, told: list[Change]) -> None:
    with without_row_locks(TABLE):
        heard = [push_and_staff(app, told, push_first=True)[1] for _ in range(4)]
    assert any(len(each) == 2 for each in heard)


def decision_and_withdrawal(app: Flask) -> str:
    """A moderator approves while the writer deletes: the status."""
    ref = next(REFS)
    content = put(ref, make_shopper()[0], "很好")

    def approve() -> None:
        with transaction() as session:
            decide(session, KIND, ref, "approved")

    def delete() -> None:
        with transaction() as session:
            lock_content(session, KIND, ref)
            withdraw(session, KIND, ref)

    calls: list[Callable[[], object]] = [approve, delete]
    with slow_writes(TABLE, of="UPDATE", seconds=0.2):
        together(app, calls)
    return str(row(content).status)


def test_what_is_withdrawn_stays_so(app: Flask, told: list[Change]) -> None:
    assert {decision_and_withdrawal(app) for _ in range(4)} == {"withdrawn"}


def test_control_without_locks_an_approval_brings_it_back(app: Flask, told: list[Change]) -> None:
    with without_row_locks(TABLE):
        assert "approved" in {decision_and_withdrawal(app) for _ in range(8)}


def reports_at_once(app: Flask) -> bool:
    """As many as call staff report at the same instant: whether staff were called."""
    ref = next(REFS)
    content = put(ref, make_shopper()[0], "很好")
    with transaction() as session:
        assert decide(session, KIND, ref, "approved")
    reporters = [make_shopper()[0] for _ in range(REPORTS_BEFORE_REVIEW.get())]
    calls = [partial(report, one, KIND, ref, "abuse", "") for one in reporters]
    with slow_writes("content_reports", of="INSERT", seconds=0.2):
        assert together(app, calls) == [None] * len(calls)
    return bool(row(content).manual)


def test_the_last_of_enough_reports_calls_staff(app: Flask, told: list[Change]) -> None:
    assert [reports_at_once(app) for _ in range(3)] == [True] * 3


def test_control_without_locks_nobody_is_the_last(app: Flask, told: list[Change]) -> None:
    with without_row_locks(TABLE):
        assert not all(reports_at_once(app) for _ in range(10))
