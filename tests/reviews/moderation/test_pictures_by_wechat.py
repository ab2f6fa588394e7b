"""Pictures: WeChat's verdict comes by push, encrypted, late, twice, early, forged or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.reviews.moderation.contents import Change
from mall.reviews.moderation.deciding import decide
from mall.reviews.moderation.jobs import hand_over_late_checks
from mall.reviews.moderation.verdicts import asked, take_push
from tests.support.moderated import (
    KIND,
    codes,
    notes,
    photo,
    pushed,
    put,
    row,
    trace_of,
    verdict,
    visitor,
    work,
)
from tests.support.servers import LiveServer
from tests.support.wechat import control


@pytest.fixture
def told(app: Flask) -> Iterator[list[Change]]:
    with notes() as changes:
        yield changes


@pytest.fixture
def wechat(live_mall: LiveServer, simulator: LiveServer) -> Iterator[LiveServer]:
    """The simulator, which pushes to the mall that runs, encrypted."""
    control(simulator, "/settings", mall_url=live_mall.url, push_mode="encrypted")
    yield simulator
    control(simulator, "/reset")
    control(simulator, "/settings", mall_url="", media_suggest="auto")


@pytest.fixture
def silent(simulator: LiveServer) -> Iterator[LiveServer]:
    """The simulator, which takes pictures and pushes nothing by itself."""
    control(simulator, "/settings", push_mode="off")
    yield simulator
    control(simulator, "/settings", push_mode="encrypted")


def with_photo(simulator: LiveServer) -> int:
    who = visitor(simulator)
    return put(1, who, "很好", photo(who, 1))


@pytest.mark.parametrize(
    ("suggest", "status", "found"),
    [
        ("pass", "approved", []),
        ("risky", "refused", ["picture_risky"]),
        ("review", "pending", ["picture_review"]),
    ],
)
def test_an_encrypted_push_decides(
    told: list[Change], wechat: LiveServer, suggest: str, status: str, found: list[str]
) -> None:
    control(wechat, "/settings", media_suggest=suggest)
    content = with_photo(wechat)
    work()
    control(wechat, "/wait")
    work()
    assert (row(content).status, codes(content)) == (status, found)


@pytest.mark.parametrize("kind", ["forge", "stale"])
def test_a_forged_push_changes_nothing(told: list[Change], wechat: LiveServer, kind: str) -> None:
    control(wechat, "/settings", media_suggest="risky")
    control(wechat, "/faults", target="push", kind=kind, retry=False)
    content = with_photo(wechat)
    work()
    control(wechat, "/wait")
    work()
    assert (row(content).status, told) == ("pending", [])


def test_a_push_twice_has_one_effect(told: list[Change], silent: LiveServer) -> None:
    content = with_photo(silent)
    work()
    trace_id = trace_of(content)
    pushed(trace_id, "pass")
    pushed(trace_id, "pass")
    pushed(trace_id, "risky")
    assert (row(content).status, len(told)) == ("approved", 1)


def test_a_push_that_comes_before_its_trace_id(told: list[Change], silent: LiveServer) -> None:
    content = with_photo(silent)
    pushed("early", "pass")
    work()
    with transaction() as session:
        check_id = session.execute(
            text("SELECT id FROM content_checks WHERE trace_id IS NOT NULL")
        ).scalar_one()
        asked(session, "early", check_id)
    assert row(content).status == "approved"


def test_no_push_within_thirty_minutes_is_for_staff(told: list[Change], silent: LiveServer) -> None:
    content = with_photo(silent)
    work()
    hand_over_late_checks()
    assert codes(content) == []
    half_an_hour_passes()
    hand_over_late_checks()
    assert (row(content).status, row(content).manual, codes(content)) == ("pending", True, ["late"])
    pushed(trace_of(content), "pass")
    assert (row(content).status, codes(content)) == ("approved", [])


def test_staff_decide_before_a_late_push(told: list[Change], silent: LiveServer) -> None:
    content = with_photo(silent)
    work()
    half_an_hour_passes()
    hand_over_late_checks()
    with transaction() as session:
        assert decide(session, KIND, 1, "approved")
    pushed(trace_of(content), "risky", 20002)
    assert (row(content).status, codes(content)) == ("approved", ["picture_risky"])
    assert len(told) == 1


@pytest.mark.parametrize(
    "fields",
    [{}, {"trace_id": ""}, {"trace_id": 5}, {"trace_id": "x" * 500}, {"trace_id": ["x"]}],
)
def test_a_push_that_names_nothing_is_dropped(app: Flask, fields: dict[str, object]) -> None:
    with transaction() as session:
        take_push(session, fields)
        assert session.scalar(text("SELECT count(*) FROM media_verdicts")) == 0


@pytest.mark.parametrize(
    "change",
    [{"errcode": -1008}, {"result": None}, {"result": {"suggest": "maybe"}}, {"result": "pass"}],
)
def test_a_verdict_that_is_none_is_for_staff(
    told: list[Change], silent: LiveServer, change: dict[str, object]
) -> None:
    content = with_photo(silent)
    work()
    with transaction() as session:
        take_push(session, verdict(trace_of(content), "pass") | change)
    assert (row(content).status, codes(content)) == ("pending", ["machine_failed"])


def half_an_hour_passes() -> None:
    db.session.rollback()
    db.session.execute(text("UPDATE content_checks SET sent_at = sent_at - interval '31 minutes'"))
    db.session.commit()
