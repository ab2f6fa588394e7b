"""Lock-ups over HTTP: offers of staff, locks, their ends, what expires meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.compliance.models import ComplianceVerdict
from mall.kernel.clock import utc_now
from mall.kernel.db import db, db_now
from mall.points.ledger.expiring import expire_batch
from mall.points.ledger.models import PointsLot
from mall.points.ledger.validity import end_of_day
from mall.points.lockups import ending
from mall.points.lockups.ending import exit_early
from mall.points.lockups.errors import LockupMatured, LockupNotFound
from mall.points.lockups.jobs import end_lockups
from mall.staff.models import AuditEntry
from mall.users.closing import close_account, losses
from mall.users.erasing import erase_at_once
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.lockups import budget_of, lock_points, make_offer, terms, time_comes
from tests.support.points import figures, give, make_due
from tests.support.races import execute
from tests.support.staff import make_staff
from tests.support.users import make_shopper

OFFERS = "/admin/api/v1/lockup-offers"
LOCKS = "/api/v1/points/lockups"
INBOX = "/api/v1/messages/inbox"


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("lockup:read", "lockup:write"))


@pytest.fixture
def shopper(app: Flask) -> tuple[int, str]:
    return make_shopper()


def body(**changes: Any) -> dict[str, Any]:
    """An offer as staff send it."""
    values = terms(**changes)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, error_code(answer) if answer.status_code >= 400 else ""


def test_points_are_locked_and_come_back_with_the_gain(
    http: Http, staff: Http, shopper: tuple[int, str]
) -> None:
    user_id, me = shopper[0], http.as_(shopper[1])
    give(user_id, 150)
    made = staff.post(OFFERS, body())
    assert made.status_code == 201
    offer_id = made.get_json()["id"]
    (shown,) = me.get("/api/v1/points/lockup-offers").get_json()["items"]
    assert (shown["id"], shown["left"]) == (offer_id, 1_000)
    assert "每 10000 积分奖励 500 积分" in shown["terms"]
    assert "元" not in shown["terms"]
    locked = me.post(LOCKS, {"offer_id": offer_id, "points": 119}).get_json()
    assert (locked["gain"], locked["status"], locked["offer_name"]) == (5, "running", "积分锁定月")
    ends = datetime.fromisoformat(locked["matures_at"])
    assert ends == end_of_day(db_now(db.session()), 30), "a shop day's end"
    assert (figures(user_id), budget_of(int(offer_id))) == ((31, 0, 119, 0), (5, 0))
    end_lockups()
    assert figures(user_id) == (31, 0, 119, 0), "not yet"
    time_comes(int(locked["id"]))
    end_lockups()
    end_lockups()
    assert (figures(user_id), budget_of(int(offer_id))) == ((155, 0, 0, 0), (0, 5))
    (ended,) = me.get(LOCKS).get_json()["items"]
    assert ended["status"] == "matured"
    (told,) = me.get(INBOX).get_json()["items"]
    assert told["body"] == "「积分锁定月」已到期：退回 119 积分，奖励 5 积分。"
    lines = me.get("/api/v1/points/entries").get_json()["items"]
    assert [(one["label"], one["detail"], one["available"]) for one in lines[:3]] == [
        ("锁定奖励", "积分锁定月", 5),
        ("锁定结束退回", "积分锁定月", 119),
        ("积分锁定", "积分锁定月", -119),
    ]


def test_an_early_exit_gives_all_back_and_frees_the_budget(
    http: Http, shopper: tuple[int, str]
) -> None:
    user_id, me = shopper[0], http.as_(shopper[1])
    offer_id = make_offer(per_shopper=1)
    give(user_id, 100)
    lockup_id = lock_points(user_id, offer_id, 100)
    path = f"{LOCKS}/{lockup_id}/exit"
    other_id, other_token = make_shopper()
    assert refusal(http.as_(other_token).post(path)) == (404, "lockup_not_found")
    with pytest.raises(LockupNotFound):
        exit_early(other_id, lockup_id)
    assert me.post(path).get_json()["status"] == "exited"
    assert refusal(me.post(path)) == (409, "lockup_ended")
    assert (figures(user_id), budget_of(offer_id)) == ((100, 0, 0, 0), (0, 0))
    assert me.get(INBOX).get_json()["items"] == [], "who ends it early knows"
    again = me.post(LOCKS, {"offer_id": str(offer_id), "points": 20})
    assert refusal(again) == (409, "lockup_limit"), "an exit counts: no lot lives for ever by it"


def test_whose_time_has_come_waits_for_the_gain(shopper: tuple[int, str]) -> None:
    give(shopper[0], 100)
    lockup_id = lock_points(shopper[0], make_offer(), 100)
    time_comes(lockup_id)
    with pytest.raises(LockupMatured):
        exit_early(shopper[0], lockup_id)
    end_lockups()
    assert figures(shopper[0])[0] == 105


def test_a_lock_that_cannot_be_ended_holds_up_no_other(
    shopper: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "BATCH", 2)
    user_id, offer_id = shopper[0], make_offer()
    give(user_id, 300)
    broken, *sound = (lock_points(user_id, offer_id, 100) for _ in range(3))
    time_comes(broken)
    time_comes(*sound)
    hold_of_it = f"WHERE source = 'lockup:{broken}'"
    execute(f"UPDATE points_holds SET points = 1000 {hold_of_it}")
    end_lockups()
    assert figures(user_id) == (210, 0, 100, 0), "nothing of the broken one was kept"
    assert budget_of(offer_id) == (5, 10)
    execute(f"UPDATE points_holds SET points = 100 {hold_of_it}")
    end_lockups()
    assert (figures(user_id), budget_of(offer_id)) == ((315, 0, 0, 0), (0, 15))


def test_points_that_expire_while_they_are_locked_can_be_used_some_days_after(
    shopper: tuple[int, str],
) -> None:
    user_id = shopper[0]
    short, long = give(user_id, 60, days=2), give(user_id, 40)
    lockup_id = lock_points(user_id, make_offer(), 100)
    make_due(short)
    expire_batch()
    assert figures(user_id) == (0, 0, 100, 0), "what is locked doesn't expire"
    time_comes(lockup_id)
    end_lockups()
    assert figures(user_id) == (105, 0, 0, 0)
    db.session.rollback()
    lots = db.session.scalars(select(PointsLot)).all()
    ends = {lot.entry_id: lot.expires_at or utc_now() for lot in lots}
    assert timedelta(days=7) < ends[short] - utc_now() <= timedelta(days=8)
    assert ends[long] > utc_now() + timedelta(days=29)


@pytest.mark.parametrize("points", [0, -20, 20.5, 20.0, "20", True, None, 10**10, 2**63])
def test_what_is_no_number_of_points_is_refused(
    http: Http, shopper: tuple[int, str], points: object
) -> None:
    offer_id = make_offer()
    answer = http.as_(shopper[1]).post(LOCKS, {"offer_id": str(offer_id), "points": points})
    assert refusal(answer) == (422, "validation_failed")


def test_what_a_lock_needs(http: Http, shopper: tuple[int, str]) -> None:
    user_id, me = shopper[0], http.as_(shopper[1])
    give(user_id, 10_000)
    now = datetime.now(UTC)

    def lock(points: int, **changes: Any) -> tuple[int, str]:
        offer_id = make_offer(**changes)
        return refusal(me.post(LOCKS, {"offer_id": str(offer_id), "points": points}))

    unknown = me.post(LOCKS, {"offer_id": str(2**62), "points": 20})
    assert refusal(unknown) == (404, "lockup_offer_not_found")
    assert lock(19) == (422, "lockup_amount")
    assert lock(10_001) == (422, "lockup_amount")
    assert lock(20, opens_at=now + timedelta(hours=1)) == (409, "lockup_offer_closed")
    assert lock(240, budget=11) == (409, "lockup_budget_spent")
    assert lock(239, budget=11) == (201, "")
    assert lock(9_762) == (409, "points_short")
    assert figures(user_id) == (9_761, 0, 239, 0), "what is refused changes nothing"


@pytest.mark.parametrize(
    "changes",
    [
        {"min_points": 100, "max_points": 99},
        {"min_points": 19},
        {"budget": 0},
        {"rate_bp": 10_001},
        {"rate_bp": 0},
        {"rate_bp": 500.5},
        {"min_points": -1},
        {"max_points": 10**10},
        {"days": 0},
        {"per_shopper": 0},
        {"min_points": 10_000, "budget": 499},
    ],
)
def test_offers_that_make_no_sense(staff: Http, changes: dict[str, Any]) -> None:
    assert refusal(staff.post(OFFERS, body(**changes))) == (422, "validation_failed")


def test_an_offer_that_is_over_before_it_opens(staff: Http) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    answer = staff.post(OFFERS, body(closes_at=past))
    assert refusal(answer) == (422, "lockup_offer_over")


@pytest.mark.parametrize(
    "text",
    ["积分理财", "年化 5%", "保本", "存款有利息", "每月得 3 元", "可以提现", "零风险的投资"],
)
def test_an_offer_isnt_shown_as_money(staff: Http, text: str) -> None:
    for where in ("name", "description"):
        answer = staff.post(OFFERS, {**body(), where: text, "accept_warnings": True})
        assert refusal(answer) == (422, "campaign_refused")
        assert "广告法第二十五条" in answer.get_json()["error"]["message"]


def test_terms_stand_once_an_offer_has_opened(staff: Http) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    offer_id = staff.post(OFFERS, body(opens_at=later)).get_json()["id"]
    path = f"{OFFERS}/{offer_id}"
    changed = staff.put(path, body(rate_bp=600))
    assert (changed.get_json()["rate_bp"], changed.get_json()["version"]) == (600, 2)
    assert refusal(staff.put(path, body(rate_bp=700))) == (409, "lockup_offer_opened")
    assert refusal(staff.delete(path)) == (409, "lockup_offer_opened")
    waiting = staff.post(OFFERS, body(opens_at=later)).get_json()["id"]
    assert staff.delete(f"{OFFERS}/{waiting}").status_code == 204
    versions = db.session.scalars(
        select(ComplianceVerdict.version).where(
            ComplianceVerdict.kind == "lockup_offer", ComplianceVerdict.ref == offer_id
        )
    ).all()
    db.session.rollback()
    assert sorted(versions) == [1, 2]


def test_a_paused_offer_takes_no_locks_and_its_budget_keeps_its_promises(
    http: Http, staff: Http, shopper: tuple[int, str]
) -> None:
    user_id, me = shopper[0], http.as_(shopper[1])
    give(user_id, 400)
    offer_id = make_offer(budget=10)
    lock_points(user_id, offer_id, 200)
    path = f"{OFFERS}/{offer_id}"
    wanted = {"offer_id": str(offer_id), "points": 200}
    assert refusal(me.post(LOCKS, wanted)) == (409, "lockup_budget_spent")
    assert refusal(staff.put(f"{path}/budget", {"budget": 9})) == (409, "lockup_budget_promised")
    assert staff.put(f"{path}/budget", {"budget": 20}).get_json()["left"] == 10
    assert staff.put(f"{path}/pause", {"paused": True}).get_json()["paused"] is True
    assert refusal(me.post(LOCKS, wanted)) == (409, "lockup_offer_closed")
    assert me.get("/api/v1/points/lockup-offers").get_json()["items"] == []
    staff.put(f"{path}/pause", {"paused": False})
    assert me.post(LOCKS, wanted).status_code == 201
    listed = staff.get("/admin/api/v1/lockups", user_id=str(user_id), status="running")
    assert len(listed.get_json()["items"]) == 2
    db.session.rollback()
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-3:] == ["lockup_offer.budget", "lockup_offer.pause", "lockup_offer.pause"]


def test_who_leaves_loses_the_points_and_the_budget_is_free(shopper: tuple[int, str]) -> None:
    user_id = shopper[0]
    give(user_id, 100)
    offer_id = make_offer()
    lockup_id = lock_points(user_id, offer_id, 100)
    (loss,) = [one.message for one in losses(db.session(), user_id) if one.name == "lock-ups"]
    assert loss == "100 积分（锁定中）及其 5 积分奖励将作废"
    close_account(user_id)
    erase_at_once(user_id)
    assert (figures(user_id), budget_of(offer_id)) == ((0, 0, 0, 0), (0, 0))
    time_comes(lockup_id)
    end_lockups()
    assert figures(user_id) == (0, 0, 0, 0)


def test_a_lock_that_ends_before_the_account_is_erased_leaves_nothing(
    shopper: tuple[int, str],
) -> None:
    user_id = shopper[0]
    give(user_id, 100)
    offer_id = make_offer()
    lockup_id = lock_points(user_id, offer_id, 100)
    close_account(user_id)
    time_comes(lockup_id)
    end_lockups()
    assert (figures(user_id), budget_of(offer_id)) == ((0, 0, 0, 0), (0, 5))
