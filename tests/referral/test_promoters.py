"""Promoters: the agreement, the application, what staff decide, who is paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import select, text

from mall.kernel.db import transaction
from mall.kernel.invariants import ATTENTION
from mall.messages.models import InboxMessage
from mall.referral.growth.demo import load_demo_promoters
from mall.referral.growth.growing import join
from mall.referral.promoters import deciding, levels
from mall.referral.promoters.events import PromoterChanged as Changed
from mall.referral.promoters.models import PromoterChange
from mall.referral.promoters.queries import ActivePromoter, active_promoter, active_promoters
from mall.referral.promoters.settings import AGAIN_DAYS, AUTOMATIC, CLOSED, JOINING
from mall.staff.models import AuditEntry
from mall.users import erasing
from mall.users.closing import close_account, losses
from tests.support.heard import heard
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.promoters import (
    AGREEMENT,
    PATH,
    STAFF,
    days_pass,
    make_promoter,
    open_recruiting,
    promoter_of,
    publish,
    stands,
    work,
)
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("promoter:read", "promoter:write", "promoter:setup"))


def apply(shopper: Http, version: int = 1, **more: Any) -> Any:
    return shopper.post(f"{PATH}/application", {"agreement_version": version, **more})


def paid(user_id: int) -> ActivePromoter | None:
    with transaction() as session:
        return active_promoter(session, user_id)


def shopper(http: Http) -> tuple[int, Http]:
    user_id, token = make_shopper()
    return user_id, http.as_(token)


# -- the application ------------------------------------------------------------------------


def test_an_application_waits_for_staff(http: Http, staff: Http) -> None:
    first, *_ = open_recruiting()
    user_id, mine = shopper(http)
    before = mine.get(PATH).get_json()
    assert (before["status"], before["may_apply"], before["joining"]) == (None, True, "staff")
    shown = apply(mine, note="有三个群").get_json()
    assert (shown["status"], shown["may_apply"], shown["is_paid"]) == ("applied", False, False)
    assert apply(mine).get_json()["status"] == "applied", "again changes nothing"
    waiting = staff.get(f"{STAFF}/promoter-applications").get_json()["items"]
    assert [(one["user_id"], one["note"]) for one in waiting] == [(str(user_id), "有三个群")]
    assert paid(user_id) is None

    answer = staff.post(f"{STAFF}/promoters/{user_id}/decision", {"accept": True})
    assert answer.get_json()["promoter"]["status"] == "active"
    assert paid(user_id) == ActivePromoter(user_id, first)
    shown = mine.get(PATH).get_json()
    assert (shown["status"], shown["is_paid"], shown["level"]["name"]) == ("active", True, "1 级")
    assert staff.get(f"{STAFF}/promoter-applications").get_json()["items"] == []
    check_invariants()


def test_it_costs_nothing_and_needs_no_order(http: Http) -> None:
    """C1: whoever has only just come may be a promoter."""
    open_recruiting()
    set_setting(JOINING, AUTOMATIC)
    user_id, mine = shopper(http)
    assert apply(mine).get_json()["status"] == "active"
    assert paid(user_id) is not None
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM orders")) == 0
    check_invariants()


def test_a_shop_that_is_not_ready_takes_nobody(http: Http) -> None:
    _, mine = shopper(http)
    assert error_code(apply(mine)) == "promoters_not_ready"
    assert error_code(mine.get(f"{PATH}/agreement")) == "promoters_not_ready"
    publish()
    assert error_code(apply(mine)) == "promoters_not_ready", "there is no level"
    assert mine.get(PATH).get_json()["may_apply"] is False
    levels.create_level(name="新手", position=1)
    set_setting(JOINING, CLOSED)
    assert error_code(apply(mine)) == "promoters_closed"
    assert mine.get(PATH).get_json()["may_apply"] is False


def test_who_is_refused_waits_and_then_waits_for_staff(http: Http, staff: Http) -> None:
    open_recruiting()
    user_id, mine = shopper(http)
    apply(mine)
    path = f"{STAFF}/promoters/{user_id}/decision"
    assert staff.post(path, {"accept": False}).status_code == 422, "a refusal has a reason"
    answer = staff.post(path, {"accept": False, "reason": "资料不全"})
    assert answer.get_json()["promoter"]["status"] == "refused"
    assert error_code(staff.post(path, {"accept": True})) == "promoter_changed"
    shown = mine.get(PATH).get_json()
    assert (shown["reason"], shown["may_apply"]) == ("资料不全", False)
    assert shown["may_apply_at"] is not None
    assert error_code(apply(mine)) == "promoter_too_early"
    days_pass(AGAIN_DAYS.get())
    set_setting(JOINING, AUTOMATIC)
    assert apply(mine).get_json()["status"] == "applied", "not automatically"
    check_invariants()


def test_a_shopper_leaves_and_comes_back(http: Http) -> None:
    open_recruiting()
    set_setting(JOINING, AUTOMATIC)
    user_id, mine = shopper(http)
    assert error_code(mine.post(f"{PATH}/leaving")) == "promoter_not_found"
    apply(mine)
    for _ in range(2):
        assert mine.post(f"{PATH}/leaving").get_json()["status"] == "ended"
    assert paid(user_id) is None
    assert apply(mine).get_json()["status"] == "active"
    with transaction() as session:
        steps = session.execute(
            select(PromoterChange.new_status, PromoterChange.cause).order_by(PromoterChange.id)
        ).all()
    assert [tuple(step) for step in steps] == [
        ("active", "setting"),
        ("ended", "shopper"),
        ("active", "setting"),
    ]
    check_invariants()


# -- the agreement --------------------------------------------------------------------------


def test_a_new_agreement_asks_again(http: Http, staff: Http) -> None:
    open_recruiting()
    set_setting(JOINING, AUTOMATIC)
    user_id, mine = shopper(http)
    apply(mine)
    body = {**AGREEMENT, "text": "第二版", "replaces": 1}
    made = staff.post(f"{STAFF}/promoter-agreements", body).get_json()
    assert made["version"] == 2
    assert datetime.fromisoformat(made["in_force_at"]) > datetime.now(UTC) + timedelta(days=6)
    shown = mine.get(PATH).get_json()
    assert (shown["must_accept"], shown["is_paid"]) == (True, True), "until it is in force"
    with transaction() as session:
        session.execute(text("UPDATE promoter_agreements SET in_force_at = now()"))
    assert paid(user_id) is None
    assert mine.get(PATH).get_json()["status"] == "active"

    assert mine.get(f"{PATH}/agreement").get_json()["text"] == "第二版"
    accept = {"agreement_version": 1}
    assert error_code(mine.put(f"{PATH}/agreement", accept)) == "promoter_agreement_old"
    for _ in range(2):
        shown = mine.put(f"{PATH}/agreement", {"agreement_version": 2}).get_json()
        assert (shown["must_accept"], shown["is_paid"]) == (False, True)
    full = staff.get(f"{STAFF}/promoters/{user_id}").get_json()
    assert [one["version"] for one in full["accepted"]] == [2, 1], "each is kept, with its time"
    check_invariants()


def test_an_old_agreement_is_not_enough_to_apply(http: Http) -> None:
    open_recruiting()
    publish(text="第二版")
    _, mine = shopper(http)
    assert error_code(apply(mine, 1)) == "promoter_agreement_old"
    assert error_code(apply(mine, 3)) == "promoter_agreement_old"
    assert apply(mine, 2).status_code == 200


def test_versions_replace_one_another(staff: Http) -> None:
    path, body = f"{STAFF}/promoter-agreements", {**AGREEMENT, "replaces": 0}
    assert staff.post(path, body).get_json()["version"] == 1
    assert error_code(staff.post(path, body)) == "promoter_agreement_changed"
    late = {**body, "replaces": 1, "in_force_at": "2099-01-01T00:00:00Z"}
    assert staff.post(path, late).status_code == 201
    early = {**body, "replaces": 2, "in_force_at": "2031-01-01T00:00:00Z"}
    assert error_code(staff.post(path, early)) == "promoter_agreement_time_invalid"
    past = {**early, "in_force_at": "2020-01-01T00:00:00Z"}
    assert error_code(staff.post(path, past)) == "promoter_agreement_time_invalid"
    assert [one["version"] for one in staff.get(path).get_json()["items"]] == [2, 1]
    check_invariants()


def test_an_agreement_that_asks_for_money_warns(staff: Http) -> None:
    body = {**AGREEMENT, "text": "缴纳 99 元即可成为推广员。", "replaces": 0}
    path = f"{STAFF}/promoter-agreements"
    assert error_code(staff.post(path, body)) == "campaign_warned"
    free = {**body, "text": "无需缴费、无需购买商品即可成为推广员。"}
    assert staff.post(path, free).status_code == 201
    check_invariants()


# -- what staff decide ----------------------------------------------------------------------


def test_block_unblock_end(http: Http, staff: Http, app: Flask) -> None:
    open_recruiting()
    user_id, mine = shopper(http)
    make_promoter(user_id)
    path = f"{STAFF}/promoters/{user_id}"
    reason = {"reason": "刷单"}
    assert error_code(staff.post(f"{path}/unblock", reason)) == "promoter_changed"
    assert staff.post(f"{path}/block", {}).status_code == 422, "a reason is needed"
    staff.post(f"{path}/block", reason)
    assert (stands(user_id)[0], paid(user_id)) == ("blocked", None)
    assert error_code(staff.post(f"{path}/block", reason)) == "promoter_changed"
    for refused in (apply(mine), mine.post(f"{PATH}/leaving")):
        assert error_code(refused) == "promoter_blocked"
    accept = {"agreement_version": 1}
    assert error_code(mine.put(f"{PATH}/agreement", accept)) == "promoter_blocked"
    staff.post(f"{path}/unblock", {"reason": "已核实"})
    assert paid(user_id) is not None
    staff.post(f"{path}/ending", {"reason": "违规"})
    assert (stands(user_id)[0], paid(user_id)) == ("ended", None)
    assert error_code(apply(mine)) == "promoter_too_early"
    work(app)
    with transaction() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.target_type == "promoter").order_by("id")
        ).all()
        titles = session.scalars(select(InboxMessage.title).order_by(InboxMessage.id)).all()
    assert actions[-3:] == ["promoter.block", "promoter.unblock", "promoter.end"]
    assert titles[-3:] == ["推广员已停用", "推广员已通过", "推广员已终止"]
    check_invariants()


def test_staff_set_a_level(http: Http, staff: Http) -> None:
    _, _, third = open_recruiting()
    user_id, _ = shopper(http)
    path = f"{STAFF}/promoters/{user_id}/level"
    body = {"level_id": str(third), "reason": "签约达人"}
    assert error_code(staff.put(path, body)) == "promoter_not_found"
    make_promoter(user_id)
    for _ in range(2):
        shown = staff.put(path, body).get_json()["promoter"]
        assert (shown["level"], shown["level_fixed"]) == ("3 级", True)
    assert paid(user_id) == ActivePromoter(user_id, third)
    unknown = {**body, "level_id": str(third + 99)}
    assert error_code(staff.put(path, unknown)) == "promoter_level_not_found"
    check_invariants()


def test_levels_have_their_own_names_and_positions(staff: Http) -> None:
    path = f"{STAFF}/promoter-levels"
    made = staff.post(path, {"name": "新手", "position": 2}).get_json()["items"]
    for same in ({"name": "新手", "position": 3}, {"name": "达人", "position": 2}):
        assert error_code(staff.post(path, same)) == "promoter_level_taken"
    both = staff.post(path, {"name": "达人", "position": 1}).get_json()["items"]
    assert [one["name"] for one in both] == ["达人", "新手"]
    first = f"{path}/{made[0]['id']}"
    assert error_code(staff.put(first, {"name": "达人", "position": 2})) == "promoter_level_taken"
    changed = staff.put(first, {"name": "入门", "position": 9}).get_json()["items"]
    assert [one["name"] for one in changed] == ["达人", "入门"]
    nothing = staff.put(f"{path}/999", {"name": "无", "position": 50})
    assert error_code(nothing) == "promoter_level_not_found"
    assert staff.post(path, {"name": "高", "position": 100}).status_code == 422


def test_lists_for_staff(http: Http, staff: Http) -> None:
    first, second, _ = open_recruiting()
    users = [shopper(http)[0] for _ in range(5)]
    for user_id in users[:3]:
        make_promoter(user_id, second if user_id == users[0] else None)
    for user_id in users[3:]:
        apply_as(user_id)
    page = staff.get(f"{STAFF}/promoter-applications", limit=1).get_json()
    rest = staff.get(f"{STAFF}/promoter-applications", cursor=page["next_cursor"]).get_json()
    shown = [one["user_id"] for one in page["items"] + rest["items"]]
    assert shown == [str(user_id) for user_id in users[3:]], "the oldest first"
    active = staff.get(f"{STAFF}/promoters", status="active", level_id=str(first)).get_json()
    assert [one["user_id"] for one in active["items"]] == [str(users[2]), str(users[1])]
    everybody = staff.get(f"{STAFF}/promoters", limit=2).get_json()
    assert len(everybody["items"]) == 2
    assert everybody["next_cursor"]
    rows = ATTENTION["promoter_applications"]
    with transaction() as session:
        assert len(session.execute(rows.query).all()) == 2


def apply_as(user_id: int) -> None:
    join(user_id, 1, None)


def test_who_may_not(http: Http) -> None:
    open_recruiting()
    user_id, mine = shopper(http)
    apply(mine)
    reader = http.as_(make_staff("promoter:read"))
    accept = {"accept": True}
    assert reader.post(f"{STAFF}/promoters/{user_id}/decision", accept).status_code == 403
    assert reader.post(f"{STAFF}/promoter-levels", {"name": "x", "position": 1}).status_code == 403
    assert http.get(PATH).status_code == 401


# -- for others -----------------------------------------------------------------------------


def test_several_promoters_in_one_read(http: Http) -> None:
    first, second, _ = open_recruiting()
    users = [shopper(http)[0] for _ in range(4)]
    for user_id, level_id in zip(users, (None, second, None), strict=False):
        make_promoter(user_id, level_id)
    deciding.block(users[2], "刷单")
    with transaction() as session:
        assert active_promoters(session, users) == {
            users[0]: ActivePromoter(users[0], first),
            users[1]: ActivePromoter(users[1], second),
        }
        assert active_promoters(session, []) == {}


def test_changes_are_told(app: Flask, http: Http) -> None:
    open_recruiting()
    user_id, _ = shopper(http)
    with heard(Changed) as events:
        make_promoter(user_id)
        deciding.block(user_id, "刷单")
        work(app)
    assert events == [Changed(user_id)] * 3


def test_a_closed_account_is_no_promoter(app: Flask, http: Http) -> None:
    open_recruiting()
    user_id, mine = shopper(http)
    apply(mine, note="微信 abc")
    deciding.decide(user_id, accept=True, reason=None, level_id=None)
    with transaction() as session:
        assert "推广员身份将终止" in [one.message for one in losses(session, user_id)]
    close_account(user_id)
    assert paid(user_id) is None, "at once"
    work(app)
    erasing.erase_at_once(user_id)
    row = promoter_of(user_id)
    assert (row.status, row.note) == ("ended", None)
    check_invariants()


def test_the_demo_shop_takes_promoters(app: Flask, http: Http) -> None:
    console = Console(quiet=True)
    load_demo_promoters(console)
    load_demo_promoters(console)
    _, mine = shopper(http)
    shown = apply(mine).get_json()
    assert shown["status"] == "applied"
    assert [one["name"] for one in shown["ways"]] == ["老客免审核"]
    assert len(mine.get(f"{PATH}/lessons").get_json()["items"]) == 2
    check_invariants()
