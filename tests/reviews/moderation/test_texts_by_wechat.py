"""Texts, judged by WeChat over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.reviews.moderation.contents import Change, withdraw
from mall.reviews.moderation.settings import MACHINE_APPROVES
from tests.support.invariants import rows_of
from tests.support.moderated import KIND, absent, codes, notes, put, row, visitor, work
from tests.support.outbound import sweep_now
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.wechat import control


@pytest.fixture
def told(app: Flask) -> Iterator[list[Change]]:
    with notes() as changes:
        yield changes
    for code in ("I20m", "I20n", "I20o"):
        assert not rows_of(code), code


def test_what_passes_is_approved_by_the_machine(told: list[Change], simulator: LiveServer) -> None:
    content = put(1, visitor(simulator), "料子很舒服，凉凉的")
    assert row(content).status == "pending"
    work()
    assert (row(content).status, row(content).manual, codes(content)) == ("approved", False, [])
    assert [(one.was, one.now, one.by_staff) for one in told] == [("pending", "approved", False)]


@pytest.mark.parametrize(
    ("written", "status", "found"),
    [
        ("来赌博吧", "refused", ["text_risky"]),
        ("加微信领券", "pending", ["text_review"]),
        ("<script>alert(1)</script>很好", "approved", []),
        ("好" * 9_990 + "来赌博吧", "refused", ["text_risky"]),
    ],
)
def test_verdicts(
    told: list[Change], simulator: LiveServer, written: str, status: str, found: list[str]
) -> None:
    content = put(1, visitor(simulator), written)
    work()
    assert (row(content).status, codes(content)) == (status, found)
    assert row(content).manual is (status == "pending")
    if status == "refused":
        assert "违法犯罪" in row(content).reason


def test_whoever_was_not_here_waits_for_staff(told: list[Change], simulator: LiveServer) -> None:
    content = put(1, absent(simulator), "很好")
    work()
    assert (row(content).status, row(content).manual) == ("pending", True)
    assert codes(content) == ["not_here"]
    assert told == []


def test_nobodys_text_waits_for_staff(told: list[Change]) -> None:
    content = put(1, None, "很好")
    work()
    assert (row(content).status, row(content).manual) == ("pending", True)
    assert codes(content) == ["no_writer"]


def test_wechat_down_leaves_it_pending_and_is_asked_again(
    told: list[Change], simulator: LiveServer
) -> None:
    who = visitor(simulator)
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa/msg_sec_check")
    content = put(1, who, "很好")
    work()
    assert (row(content).status, row(content).manual) == ("pending", False)
    sweep_now()
    work()
    assert row(content).status == "approved"


def test_an_answer_about_an_earlier_version_changes_nothing(
    told: list[Change], simulator: LiveServer
) -> None:
    who = visitor(simulator)
    content = put(1, who, "来赌博吧")
    assert put(1, who, "很好") == content
    work()
    assert (row(content).status, row(content).version) == ("approved", 2)


def test_what_was_deleted_is_not_judged(told: list[Change], simulator: LiveServer) -> None:
    content = put(1, visitor(simulator), "很好")
    with transaction() as session:
        withdraw(session, KIND, 1)
    work()
    assert (row(content).status, row(content).text) == ("withdrawn", "")
    assert told == []


def test_the_shop_may_want_to_see_everything(told: list[Change], simulator: LiveServer) -> None:
    set_setting(MACHINE_APPROVES, False)
    content = put(1, visitor(simulator), "很好")
    work()
    assert (row(content).status, row(content).manual) == ("pending", True)
