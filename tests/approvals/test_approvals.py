"""Asking, deciding, withdrawing, expiring: by a kind of the tests, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from mall.approvals.errors import ApprovalPending
from mall.approvals.jobs import expire_due
from mall.approvals.kinds import APPROVAL_KINDS
from mall.approvals.models import Approval
from mall.approvals.requesting import request_approval
from mall.approvals.settings import EXPIRE_DAYS
from mall.kernel.db import db, transaction
from mall.kernel.invariants import ATTENTION
from mall.staff.models import AuditEntry
from tests.approvals.world import KIND, Desk, desk_of, gifts, overdue
from tests.support.features import without
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.settings import set_setting
from tests.support.staff import make_staff

PATH = "/admin/api/v1/approvals"


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with desk_of(app) as desk:
        yield desk
        check_invariants()


@pytest.fixture
def anna(http: Http, desk: Desk) -> Http:
    return http.as_(desk.asker_token)


@pytest.fixture
def bert(http: Http, desk: Desk) -> Http:
    return http.as_(desk.decider_token)


def decide(who: Http, approval_id: int, approve: bool = True, comment: str = "") -> TestResponse:
    return who.post(f"{PATH}/{approval_id}/decision", {"approve": approve, "comment": comment})


def refused(answer: TestResponse, status: int, code: str) -> None:
    assert (answer.status_code, error_code(answer)) == (status, code)


def shown(who: Http, approval_id: int) -> dict[str, Any]:
    body: dict[str, Any] = who.get(f"{PATH}/{approval_id}").get_json()
    return body


def actions(approval_id: int) -> list[tuple[str, str]]:
    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor)
        .where(AuditEntry.target_type == "approval", AuditEntry.target_id == str(approval_id))
        .order_by(AuditEntry.id)
    )
    return [(action, actor) for action, actor in rows]


def test_another_one_approves_and_it_is_done(desk: Desk, anna: Http, bert: Http) -> None:
    asked = desk.ask()
    waiting = shown(bert, asked)
    assert (waiting["asked"], waiting["label"]) == ("赠送枕头", "赠品")
    assert (waiting["status"], waiting["requested_by"]) == ("pending", "anna")
    assert (waiting["may_decide"], waiting["may_withdraw"]) == (True, False)

    answer = decide(bert, asked, comment="可以").get_json()
    assert (answer["status"], answer["decided_by"]) == ("approved", "bert")
    assert (answer["result"], answer["comment"]) == (f"G{asked}", "可以")
    assert (gifts(), desk.done[0].requested_by, desk.done[0].reason) == (1, "anna", "老顾客")
    assert actions(asked) == [("approval.request", "anna"), ("approval.approve", "bert")]
    refused(decide(bert, asked, approve=False), 409, "approval_ended")
    assert shown(anna, asked)["may_withdraw"] is False


def test_whoever_asked_does_not_decide(http: Http, desk: Desk, anna: Http) -> None:
    asked = desk.ask()
    refused(decide(anna, asked), 403, "not_permitted")  # can't even read others' requests
    boss = http.as_(make_staff("approval:read", username="carl"))
    refused(decide(boss, asked), 403, "not_permitted")
    both = desk.ask("2", by=desk.decider)
    bert = http.as_(desk.decider_token)
    refused(decide(bert, both), 403, "own_approval")
    refused(decide(bert, both, approve=False), 403, "own_approval")
    assert gifts() == 0


def test_no_is_no(desk: Desk, bert: Http) -> None:
    asked = desk.ask()
    assert decide(bert, asked, approve=False, comment="太贵").get_json()["status"] == "rejected"
    refused(decide(bert, asked), 409, "approval_ended")
    assert gifts() == 0
    assert actions(asked)[1:] == [("approval.reject", "bert")]
    assert desk.ask() != asked  # asked again


def test_what_cannot_be_carried_out_stays_open(desk: Desk, bert: Http) -> None:
    desk.left = 0
    asked = desk.ask()
    refused(decide(bert, asked), 409, "nothing_left")
    assert (gifts(), shown(bert, asked)["status"]) == (0, "pending")
    desk.left = 1
    assert decide(bert, asked).get_json()["status"] == "approved"


def test_one_open_request_about_a_thing(desk: Desk) -> None:
    desk.ask("A")
    with pytest.raises(ApprovalPending):
        desk.ask("A", by=desk.decider)
    assert desk.ask("B")


def test_one_may_take_the_own_request_back(desk: Desk, anna: Http, bert: Http) -> None:
    asked = desk.ask()
    assert shown(anna, asked)["may_withdraw"] is True
    refused(bert.post(f"{PATH}/{asked}/withdrawal"), 403, "not_own_approval")
    assert anna.post(f"{PATH}/{asked}/withdrawal").get_json()["status"] == "withdrawn"
    refused(anna.post(f"{PATH}/{asked}/withdrawal"), 409, "approval_ended")
    refused(decide(bert, asked), 409, "approval_ended")
    assert actions(asked)[1:] == [("approval.withdraw", "anna")]


def test_time_ends_a_request(desk: Desk, bert: Http) -> None:
    set_setting(EXPIRE_DAYS, 3)
    asked, other = desk.ask("A"), desk.ask("B")
    lasts = db.session.scalars(select(Approval.expires_at - Approval.created_at)).all()
    assert all(abs(one - timedelta(days=3)) < timedelta(seconds=9) for one in lasts)
    overdue(asked)
    refused(decide(bert, asked), 409, "approval_ended")
    assert shown(bert, asked)["may_decide"] is False
    again = desk.ask("A")  # the one whose time is over is in nobody's way
    overdue(other)
    expire_due()
    assert [shown(bert, one)["status"] for one in (asked, other, again)] == [
        *("expired", "expired"),
        "pending",
    ]
    assert actions(other)[1:] == [("approval.expire", "system")]


def test_the_list_has_filters_and_pages(http: Http, desk: Desk, anna: Http, bert: Http) -> None:
    first, second, third = desk.ask("A"), desk.ask("B"), desk.ask("C", by=desk.decider)
    decide(bert, first, approve=False)

    def found(who: Http, **query: Any) -> list[int]:
        return [int(item["id"]) for item in who.get(PATH, **query).get_json()["items"]]

    assert found(bert) == [third, second, first]
    assert found(bert, status="pending") == [third, second]
    assert found(bert, status="pending", mine="true") == [third]
    assert found(bert, kind=KIND, ref="B") == [second]
    assert found(bert, kind="tests.other") == []
    assert found(anna) == [second, first]  # without approval:read: one's own
    refused(anna.get(f"{PATH}/{third}"), 404, "approval_not_found")
    page = bert.get(PATH, limit=2).get_json()
    assert found(bert, cursor=page["next_cursor"]) == [first]


def test_the_system_asks_too_and_anybody_with_the_permission_decides(
    desk: Desk, bert: Http
) -> None:
    with transaction() as session:
        asked = request_approval(session, KIND, "1", {"gift": "被子"}, "规则")
    assert shown(bert, asked)["requested_by"] is None
    assert decide(bert, asked).get_json()["status"] == "approved"
    assert desk.done[0].requested_by is None


def test_a_kind_that_is_gone_can_be_rejected_only(app: Flask, desk: Desk, bert: Http) -> None:
    asked = desk.ask()
    with without(APPROVAL_KINDS):
        assert shown(bert, asked)["label"] == KIND
        refused(decide(bert, asked), 409, "approval_kind_unknown")
        assert decide(bert, asked, approve=False).status_code == 200


def test_what_has_waited_for_a_day_needs_somebody(desk: Desk) -> None:
    asked = desk.ask()
    query = ATTENTION["waiting_approvals"].query
    assert query is not None
    assert db.session.execute(query).all() == []
    with transaction() as session:
        session.get_one(Approval, asked).created_at -= timedelta(days=2)
    assert [row.id for row in db.session.execute(query)] == [asked]


def test_staff_without_the_permission_of_the_kind_are_refused(http: Http, desk: Desk) -> None:
    asked = desk.ask()
    reader = http.as_(make_staff("approval:read"))
    assert shown(reader, asked)["may_decide"] is False
    refused(decide(reader, asked), 403, "not_permitted")
