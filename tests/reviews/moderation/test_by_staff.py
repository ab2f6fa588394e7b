"""Staff decide, writers object, shoppers report."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import transaction
from mall.messages.models import InboxMessage
from mall.reviews.moderation.contents import Change
from mall.reviews.moderation.deciding import decide
from mall.reviews.moderation.errors import (
    ContentNotFound,
    DecisionReasonMissing,
    NotObjectionable,
    OwnContent,
)
from mall.reviews.moderation.objecting import object_to_decision
from mall.reviews.moderation.reporting import report
from mall.reviews.moderation.staff_decisions import Decided, Decision, Seen, decide_many
from tests.support.http import Http
from tests.support.moderated import KIND, codes, notes, put, row, work
from tests.support.staff import make_staff
from tests.support.users import make_shopper

ALL = "/admin/api/v1/moderated-contents"
HIDE = Decision("hide", "电话号码", "privacy")


@pytest.fixture
def told(app: Flask) -> Iterator[list[Change]]:
    with notes() as changes:
        yield changes


@pytest.fixture
def staff_id(app: Flask) -> int:
    make_staff("content:moderate", username="moderator")
    with transaction() as session:
        return int(
            session.execute(
                text("SELECT id FROM staff_members WHERE username = 'moderator'")
            ).scalar_one()
        )


def shown(ref: int = 1, user_id: int | None = None) -> int:
    content = put(ref, user_id or make_shopper()[0], "很好")
    with transaction() as session:
        assert decide(session, KIND, ref, "approved")
    return content


def outcome(staff_id: int, content: int, decision: Decision) -> str:
    """What is told to somebody who has seen the content as it is now."""
    return outcome_of(staff_id, Seen(content, 1, row(content).status), decision)


def outcome_of(staff_id: int, seen: Seen, decision: Decision) -> str:
    (found,) = decide_many(staff_id, [seen], decision)
    return found.outcome


def test_many_at_once(told: list[Change], staff_id: int) -> None:
    ids = [put(ref, make_shopper()[0], "很好") for ref in (1, 2, 3)]
    seen = [Seen(one, 1, "pending") for one in (*ids, 987_654)]
    found = decide_many(staff_id, seen, Decision("refuse", "广告"))
    assert found == [*(Decided(one, "changed") for one in ids), Decided(987_654, "unknown")]
    assert [(row(one).status, row(one).reason) for one in ids] == [("refused", "广告")] * 3
    assert {one.outcome for one in decide_many(staff_id, seen[:3], Decision("refuse", "广告"))} == {
        "unchanged"
    }
    with transaction() as session:
        audited = session.scalar(
            text("SELECT count(*) FROM audit_entries WHERE action = 'content.refuse'")
        )
    assert audited == 3


def test_an_edit_that_staff_have_not_seen_is_not_decided(told: list[Change], staff_id: int) -> None:
    who = make_shopper()[0]
    content = put(1, who, "很好")
    put(1, who, "加微信")
    seen = Seen(content, 1, "pending")
    assert outcome_of(staff_id, seen, Decision("approve")) == "stale"
    assert row(content).status == "pending"


def test_what_another_moderator_decided_is_not_overturned_unseen(
    told: list[Change], staff_id: int
) -> None:
    seen = Seen(put(1, make_shopper()[0], "很好"), 1, "pending")
    assert outcome_of(staff_id, seen, Decision("refuse", "广告")) == "changed"
    assert outcome_of(staff_id, seen, Decision("approve")) == "stale"
    assert outcome_of(staff_id, seen, Decision("refuse", "广告")) == "unchanged"
    assert row(seen.content_id).status == "refused"


@pytest.mark.parametrize(
    "decision",
    [
        Decision("refuse"),
        Decision("hide", "差评"),
        Decision("hide", "差评", "bad_review"),
        Decision("approve", "", "privacy"),
    ],
)
def test_each_decision_has_its_reason(
    told: list[Change], staff_id: int, decision: Decision
) -> None:
    content = shown()
    with pytest.raises(DecisionReasonMissing):
        outcome(staff_id, content, decision)


def test_hidden_objected_and_shown_again(told: list[Change], staff_id: int) -> None:
    who = make_shopper()[0]
    content = shown(user_id=who)
    assert outcome(staff_id, content, HIDE) == "changed"
    assert "《民法典》" in row(content).reason
    with pytest.raises(ContentNotFound):
        object_to_decision(make_shopper()[0], KIND, 1, "不是")
    object_to_decision(who, KIND, 1, "是我自己的号码")
    object_to_decision(who, KIND, 1, "是我自己的号码")
    with pytest.raises(NotObjectionable):
        object_to_decision(who, KIND, 1, "再说一次")
    assert row(content).manual
    assert outcome(staff_id, content, Decision("approve")) == "changed"
    assert (row(content).status, row(content).reason, row(content).manual) == (
        "approved",
        None,
        False,
    )
    assert [one.now for one in told] == ["approved", "hidden", "approved"]


def test_an_objection_may_be_turned_down_once(told: list[Change], staff_id: int) -> None:
    who = make_shopper()[0]
    content = shown(user_id=who)
    outcome(staff_id, content, HIDE)
    object_to_decision(who, KIND, 1, "不是")
    assert outcome(staff_id, content, Decision("keep")) == "changed"
    assert (row(content).status, row(content).manual) == ("hidden", False)
    with pytest.raises(NotObjectionable):
        object_to_decision(who, KIND, 1, "还是不是")


def test_enough_reports_call_staff_and_it_stays_shown(told: list[Change], staff_id: int) -> None:
    content = shown()
    reporters = [make_shopper()[0] for _ in range(5)]
    for who in (reporters[0], reporters[0], reporters[1]):
        report(who, KIND, 1, "abuse", "")
    assert not row(content).manual
    report(reporters[2], KIND, 1, "abuse", "")
    assert (row(content).manual, row(content).status, codes(content)) == (
        True,
        "approved",
        ["reported"],
    )
    assert outcome(staff_id, content, Decision("keep")) == "changed"
    assert (row(content).manual, codes(content)) == (False, [])
    report(reporters[3], KIND, 1, "abuse", "")
    assert not row(content).manual, "reports before the decision were answered by it"


def test_what_may_be_reported(told: list[Change]) -> None:
    who = make_shopper()[0]
    shown(1, who)
    put(2, make_shopper()[0], "很好")
    with pytest.raises(OwnContent):
        report(who, KIND, 1, "abuse", "")
    for ref in (2, 3):
        with pytest.raises(ContentNotFound):
            report(who, KIND, ref, "abuse", "")


def test_the_queue_over_http(told: list[Change], http: Http) -> None:
    waiting = put(1, None, "很好")
    shown(2)
    with transaction() as session:
        session.execute(
            text("UPDATE moderated_contents SET manual = true WHERE id = :id"), {"id": waiting}
        )
    desk = http.as_(make_staff("content:read", "content:moderate"))
    (item,) = desk.get(ALL, waiting="true").get_json()["items"]
    assert (item["id"], item["kind_label"], item["status"]) == (str(waiting), "随记", "pending")
    body = {
        "items": [{"content_id": item["id"], "version": item["version"], "status": "pending"}],
        "decision": "approve",
    }
    answer = desk.post(f"{ALL}/decisions", body)
    assert answer.get_json()["items"] == [{"content_id": str(waiting), "outcome": "changed"}]
    assert desk.get(ALL, waiting="true").get_json()["items"] == []
    parts = {one["part"] for one in desk.get(f"{ALL}/{waiting}").get_json()["checks"]}
    assert parts == {"own", "text"}
    reasons = desk.get("/admin/api/v1/hiding-reasons").get_json()["items"]
    assert all(one["law"].startswith("《") for one in reasons)


def news_of(user_id: int) -> list[str]:
    """Titles of what is in the shopper's inbox, the oldest first."""
    work()
    with transaction() as session:
        found = select(InboxMessage.title).where(InboxMessage.user_id == user_id)
        return list(session.scalars(found.order_by(InboxMessage.id)))


def test_the_writer_is_told_unless_it_is_approved_at_once(
    told: list[Change], staff_id: int
) -> None:
    writer = make_shopper()[0]
    content = shown(1, writer)
    assert news_of(writer) == []
    for decision in (HIDE, Decision("approve"), HIDE):
        assert outcome(staff_id, content, decision) == "changed"
        news_of(writer)
    assert news_of(writer) == ["您的随记已被屏蔽", "您的随记已恢复展示", "您的随记已被屏蔽"]
    other = put(2, writer, "看图加微信")
    assert outcome(staff_id, other, Decision("refuse", "广告")) == "changed"
    assert news_of(writer)[3:] == ["您的随记未通过审核"]
