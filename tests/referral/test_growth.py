"""Growth: what opens the standing of a promoter and the next level, and what is missing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from mall.compliance.models import ComplianceRecheck
from mall.compliance.rechecking import recheck
from mall.kernel.db import db_now, transaction
from mall.kernel.events import publish
from mall.kernel.features import Mall
from mall.referral.bindings.models import Binding
from mall.referral.growth import looking, ruling
from mall.referral.growth.looking import grow_all
from mall.referral.growth.models import PromoterGrowthRule
from mall.referral.invites.events import InviteChanged
from mall.referral.invites.models import ReferralInvite
from mall.referral.promoters import deciding
from mall.referral.promoters.models import PromoterChange
from mall.referral.promoters.settings import AGAIN_DAYS, AUTOMATIC, CLOSED, JOINING
from mall.users.figures import SHOPPER_FIGURES, ShopperFigures
from tests.support.board import settle
from tests.support.features import installed
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer, buy, make_buyer, make_goods, order_of, pay
from tests.support.promoters import (
    PATH,
    RIGHT,
    STAFF,
    make_growth_rule,
    make_lesson,
    make_promoter,
    open_recruiting,
    promoters_hold,
    rule_terms,
    stands,
    work,
)
from tests.support.settings import set_setting
from tests.support.staff import make_staff

pytestmark = pytest.mark.usefixtures("app")
RULES = f"{STAFF}/promoter-growth-rules"
APPLY = {"agreement_version": 1}


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("promoter:read", "promoter:setup"))


def settled(app: Flask, buyer: Buyer) -> None:
    """An order of this buyer that can't come back, and what comes of it."""
    order_no = buy(buyer, {make_goods(): 1})
    pay(order_no)
    settle(app, buyer, order_no)


def orders(at_least: int) -> list[dict[str, Any]]:
    return [{"figure": "settled_orders", "label": "已完成订单", "at_least": at_least}]


def causes() -> list[tuple[str, str]]:
    with transaction() as session:
        rows = session.execute(
            select(PromoterChange.new_status, PromoterChange.cause).order_by(PromoterChange.id)
        )
        return [(row.new_status, row.cause) for row in rows]


# -- becoming a promoter ----------------------------------------------------------------------


def test_a_regular_needs_nobodys_decision(app: Flask, http: Http) -> None:
    open_recruiting()
    make_growth_rule(figures=orders(1))
    buyer = make_buyer()
    mine = http.as_(buyer.token)
    before = mine.get(PATH).get_json()
    assert before["is_open"] is False
    assert before["ways"] == [
        {
            "name": "老客成长",
            "conditions": [
                {"label": "已完成订单", "need": 1, "have": 0, "met": False, "lesson_id": None}
            ],
        }
    ]
    settled(app, buyer)
    assert mine.get(PATH).get_json()["is_open"] is True
    assert mine.get(PATH).get_json()["status"] is None, "nobody is made one without asking"
    assert mine.post(f"{PATH}/application", APPLY).get_json()["status"] == "active"
    assert causes() == [("active", "growth")]
    promoters_hold()


def test_the_free_application_stands_beside_it(http: Http) -> None:
    """C1: who hasn't bought applies all the same."""
    open_recruiting()
    make_growth_rule(figures=orders(1))
    shown = http.as_(make_buyer().token).post(f"{PATH}/application", APPLY).get_json()
    assert shown["status"] == "applied"


def test_an_application_that_waits_is_accepted_by_growth(app: Flask, http: Http) -> None:
    open_recruiting()
    make_growth_rule(figures=orders(1))
    buyer = make_buyer()
    mine = http.as_(buyer.token)
    mine.post(f"{PATH}/application", APPLY)
    settled(app, buyer)
    assert mine.get(PATH).get_json()["status"] == "active"
    assert causes() == [("applied", "application"), ("active", "growth")]
    promoters_hold()


def test_whom_staff_refused_growth_doesnt_accept(app: Flask, http: Http) -> None:
    open_recruiting()
    make_growth_rule(figures=orders(1))
    buyer = make_buyer()
    mine = http.as_(buyer.token)
    mine.post(f"{PATH}/application", APPLY)
    deciding.decide(buyer.user_id, accept=False, reason="刷单", level_id=None)
    settled(app, buyer)
    assert error_code(mine.post(f"{PATH}/application", APPLY)) == "promoter_too_early"
    set_setting(AGAIN_DAYS, 0)
    assert mine.post(f"{PATH}/application", APPLY).get_json()["status"] == "applied"
    work(app)
    assert grow_all() == 0
    assert stands(buyer.user_id)[0] == "applied"
    promoters_hold()


# -- C1: buying is never the only way in ------------------------------------------------------


def test_while_applications_are_closed_buying_opens_nothing(app: Flask, http: Http) -> None:
    open_recruiting()
    make_growth_rule(figures=orders(1))
    buyer = make_buyer()
    mine = http.as_(buyer.token)
    settled(app, buyer)
    assert mine.get(PATH).get_json()["is_open"] is True
    set_setting(JOINING, CLOSED)
    shown = mine.get(PATH).get_json()
    assert (shown["is_open"], shown["may_apply"], shown["ways"]) == (False, False, [])
    assert error_code(mine.post(f"{PATH}/application", APPLY)) == "promoters_closed"
    recheck()
    with transaction() as session:
        (found,) = session.scalars(select(ComplianceRecheck)).all()
    assert (found.kind, found.result) == ("promoter_growth", "refused")


def test_while_applications_are_closed_a_lesson_opens(http: Http) -> None:
    open_recruiting()
    lesson_id = make_lesson()
    make_growth_rule(lesson_ids=[str(lesson_id)])
    set_setting(JOINING, CLOSED)
    mine = http.as_(make_buyer().token)
    assert error_code(mine.post(f"{PATH}/application", APPLY)) == "promoters_closed"
    body = {"version": 1, "answers": RIGHT}
    assert mine.post(f"{PATH}/lessons/{lesson_id}/attempts", body).get_json()["passed"]
    assert mine.post(f"{PATH}/application", APPLY).get_json()["status"] == "active"
    promoters_hold()


def test_a_rule_that_takes_a_purchase_is_refused_or_warned(staff: Http) -> None:
    open_recruiting()
    body = rule_terms(accept_warnings=False)
    assert error_code(staff.post(RULES, body)) == "campaign_warned"
    set_setting(JOINING, CLOSED)
    refused = staff.post(RULES, rule_terms(accept_warnings=True))
    assert error_code(refused) == "campaign_refused"
    unknown = rule_terms(figures=[{"figure": "wealth", "label": "财富", "at_least": 1}])
    assert error_code(staff.post(RULES, unknown)) == "growth_figure_unknown"
    figures = {one["name"]: one["takes_buying"] for one in staff.get(RULES).get_json()["figures"]}
    assert figures["settled_orders"] is True


# -- levels -----------------------------------------------------------------------------------


def test_a_promoter_rises_step_by_step(app: Flask, http: Http) -> None:
    first, second, third = open_recruiting()
    make_growth_rule(name="进阶", opens="level", level_id=str(second), figures=orders(1))
    lesson_id = make_lesson()
    make_growth_rule(name="达人", opens="level", level_id=str(third), lesson_ids=[str(lesson_id)])
    set_setting(JOINING, AUTOMATIC)
    buyer = make_buyer()
    mine = http.as_(buyer.token)
    shown = mine.post(f"{PATH}/application", APPLY).get_json()
    assert (shown["level"]["id"], shown["next_level"]["id"]) == (str(first), str(second))
    body = {"version": 1, "answers": RIGHT}
    mine.post(f"{PATH}/lessons/{lesson_id}/attempts", body)
    work(app)
    assert stands(buyer.user_id) == ("active", first), "the next level comes first"
    settled(app, buyer)
    assert stands(buyer.user_id) == ("active", third), "then both at once"
    shown = mine.get(PATH).get_json()
    assert (shown["next_level"], shown["ways"]) == (None, [])
    promoters_hold()


def test_what_is_missing_for_the_next_level(http: Http) -> None:
    _, second, _ = open_recruiting()
    lesson_id = make_lesson()
    make_growth_rule(
        name="进阶",
        opens="level",
        level_id=str(second),
        figures=orders(3),
        lesson_ids=[str(lesson_id)],
    )
    make_growth_rule(name="学霸", opens="level", level_id=str(second), lesson_ids=[str(lesson_id)])
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    shown = http.as_(buyer.token).get(PATH).get_json()
    assert shown["next_level"] == {"id": str(second), "name": "2 级"}
    lesson = {"label": "推广入门", "need": 1, "have": 0, "met": False, "lesson_id": str(lesson_id)}
    three = {"label": "已完成订单", "need": 3, "have": 0, "met": False, "lesson_id": None}
    assert shown["ways"] == [
        {"name": "进阶", "conditions": [three, lesson]},
        {"name": "学霸", "conditions": [lesson]},
    ]


def test_a_fixed_level_stays(app: Flask) -> None:
    first, second, _ = open_recruiting()
    make_growth_rule(opens="level", level_id=str(second), figures=orders(1))
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    deciding.set_level(buyer.user_id, level_id=first, fixed=True, reason="观察期")
    settled(app, buyer)
    assert grow_all() == 0
    assert stands(buyer.user_id) == ("active", first)
    deciding.set_level(buyer.user_id, level_id=first, fixed=False, reason="观察期结束")
    work(app)
    assert stands(buyer.user_id) == ("active", second)
    promoters_hold()


def test_a_blocked_one_doesnt_grow(app: Flask) -> None:
    first, second, _ = open_recruiting()
    make_growth_rule(opens="level", level_id=str(second), figures=orders(1))
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    deciding.block(buyer.user_id, "刷单")
    settled(app, buyer)
    assert stands(buyer.user_id) == ("blocked", first)
    deciding.unblock(buyer.user_id, "已核实")
    work(app)
    assert stands(buyer.user_id) == ("active", second)
    promoters_hold()


def test_the_nightly_job_finds_what_no_event_told(
    app: Flask, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second, _ = open_recruiting()
    buyers = [make_buyer() for _ in range(3)]
    for buyer in buyers:
        make_promoter(buyer.user_id)
        settled(app, buyer)
    make_growth_rule(opens="level", level_id=str(second), figures=orders(1))
    mine = http.as_(buyers[0].token)
    assert mine.post(f"{PATH}/growth").get_json()["level"]["id"] == str(second), "or who asks"
    monkeypatch.setattr(looking, "BATCH", 1)
    assert grow_all() == 2
    assert grow_all() == 0
    assert {stands(buyer.user_id) for buyer in buyers} == {("active", second)}
    promoters_hold()


def brought_one(app: Flask, inviter_id: int) -> None:
    """Somebody bought under a binding to the inviter, and counts."""
    buyer = make_buyer()
    order_no = buy(buyer, {make_goods(): 1})
    with transaction() as session:
        people = {"inviter_id": inviter_id, "invitee_id": buyer.user_id}
        now = db_now(session)
        binding_id = session.scalars(
            insert(Binding).values(**people, bound_at=now).returning(Binding.id)
        ).one()
        invite_id = session.scalars(
            insert(ReferralInvite)
            .values(
                **people,
                binding_id=binding_id,
                order_id=order_of(order_no).id,
                status="qualified",
                qualified_at=now,
            )
            .returning(ReferralInvite.id)
        ).one()
        publish(session, InviteChanged(invite_id, **people))
    work(app)


def test_who_brought_others_rises(app: Flask) -> None:
    first, second, _ = open_recruiting()
    invites = [{"figure": "qualified_invites", "label": "已邀好友", "at_least": 2}]
    make_growth_rule(opens="level", level_id=str(second), figures=invites, accept_warnings=False)
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    brought_one(app, buyer.user_id)
    assert stands(buyer.user_id) == ("active", first)
    brought_one(app, buyer.user_id)
    assert stands(buyer.user_id) == ("active", second)
    promoters_hold()


def test_any_figure_that_a_feature_registers(app: Flask, http: Http) -> None:
    """Reviews, say: a rule asks by name, and knows no feature."""
    reviews: dict[int, int] = {}

    def find(_session: Session, user_ids: Collection[int]) -> dict[int, dict[str, int]]:
        return {one: {"reviews_shown": reviews.get(one, 0)} for one in user_ids}

    def install(mall: Mall) -> None:
        mall.add(SHOPPER_FIGURES, ShopperFigures("reviews", ("reviews_shown",), find))

    _, second, _ = open_recruiting()
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    mine = http.as_(buyer.token)
    with installed(install):
        figures = [{"figure": "reviews_shown", "label": "已展示评价", "at_least": 3}]
        make_growth_rule(opens="level", level_id=str(second), figures=figures)
        assert mine.get(PATH).get_json()["ways"][0]["conditions"][0]["have"] == 0
        reviews[buyer.user_id] = 3
        assert mine.post(f"{PATH}/growth").get_json()["level"]["id"] == str(second)
    promoters_hold()


def test_a_figure_that_is_gone_is_never_met(http: Http) -> None:
    first, second, _ = open_recruiting()
    rule_id = make_growth_rule(opens="level", level_id=str(second), figures=orders(1))
    with transaction() as session:
        session.execute(
            update(PromoterGrowthRule)
            .where(PromoterGrowthRule.id == rule_id)
            .values(figures=[{"figure": "gone", "label": "旧指标", "at_least": 1}])
        )
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    shown = http.as_(buyer.token).post(f"{PATH}/growth").get_json()
    assert shown["level"]["id"] == str(first)
    assert shown["ways"][0]["conditions"][0]["have"] == 0


def test_a_paused_rule_opens_nothing(app: Flask, staff: Http) -> None:
    first, second, _ = open_recruiting()
    rule_id = make_growth_rule(opens="level", level_id=str(second), figures=orders(1))
    ruling.enable_rule(rule_id, False)
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    settled(app, buyer)
    assert stands(buyer.user_id) == ("active", first)
    path = f"{RULES}/{rule_id}"
    assert staff.put(f"{path}/enabled", {"enabled": True}).get_json()["enabled"] is True
    assert grow_all() == 1
    promoters_hold()


def test_staff_write_rules(staff: Http) -> None:
    first, second, _ = open_recruiting()
    body = rule_terms(opens="level", level_id=str(second))
    made = staff.post(RULES, body).get_json()
    path = f"{RULES}/{made['id']}"
    changed = staff.put(path, {**body, "name": "新名", "replaces": 1}).get_json()
    assert (changed["name"], changed["version"]) == ("新名", 2)
    assert error_code(staff.put(path, {**body, "replaces": 1})) == "growth_rule_changed"
    gone = staff.put(f"{RULES}/999999", {**body, "replaces": 1})
    assert error_code(gone) == "growth_rule_not_found"
    lowest = rule_terms(opens="level", level_id=str(first))
    assert error_code(staff.post(RULES, lowest)) == "growth_level_invalid"
    unknown = rule_terms(lesson_ids=["999999"])
    assert error_code(staff.post(RULES, unknown)) == "growth_lesson_unknown"
    for wrong in (
        rule_terms(figures=[]),
        rule_terms(level_id=str(second)),
        rule_terms(opens="level"),
        rule_terms(figures=orders(1) * 2),
        rule_terms(figures=orders(0)),
    ):
        assert staff.post(RULES, wrong).status_code == 422
    check_invariants()
