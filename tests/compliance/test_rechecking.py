"""Running campaigns are asked about again: rules change, and prices do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.compliance.cli import compliance
from mall.compliance.jobs import recheck
from mall.doctor.attention import attention_lists
from mall.flashsale.planning.sessions import remove_item
from mall.kernel.db import db_now, transaction
from mall.missions.board.defining import enable_mission
from tests.support import coupons, flashsale
from tests.support.board import mission
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.inventory import stock
from tests.support.missions import card_rule, plan
from tests.support.promotions import terms
from tests.support.staff import make_staff

PATH = "/admin/api/v1/compliance"
PROMOTIONS = "/admin/api/v1/promotions"


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    return http.as_(
        make_staff("promotion:read", "promotion:write", "compliance:read", "compliance:write")
    )


def rename(table: str, name: str) -> None:
    """As if a rule had come that objects to the name: what was saved before isn't reviewed."""
    with transaction() as session:
        session.execute(text(f"UPDATE {table} SET name = :name"), {"name": name})


def make_promotion(staff: Http, **more: Any) -> str:
    with transaction() as session:
        starts_at = db_now(session) + timedelta(days=1)
    made = staff.post(PROMOTIONS, terms(starts_at=starts_at.isoformat(), **more))
    promotion_id: str = made.get_json()["id"]
    return promotion_id


def rechecks(staff: Http, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = staff.get(f"{PATH}/rechecks{query}").get_json()["items"]
    return found


def waiting() -> int:
    (items,) = [one for one in attention_lists() if one.of.name == "objected_campaigns"]
    assert items.fault is None
    return items.count


def test_every_kind_of_campaign_is_asked_about(staff: Http) -> None:
    make_promotion(staff)
    coupons.make_template()
    flashsale.make_session()
    plan(7, ("daily", None, card_rule()))
    assert staff.post(f"{PATH}/rechecks").get_json() == {"checked": 5, "warned": 0, "refused": 0}
    assert (rechecks(staff), waiting()) == ([], 0)
    for table in ("promotions", "coupon_templates", "flash_sessions", "reward_rules"):
        rename(table, "国家级")
    rename("check_in_plans", "销量第一")
    assert staff.post(f"{PATH}/rechecks").get_json() == {"checked": 5, "warned": 1, "refused": 4}
    assert waiting() == 5
    kinds = {one["kind"] for one in rechecks(staff)}
    assert kinds == {
        *("promotion", "coupon_template", "flash_session", "reward_rule", "check_in_plan")
    }


def test_a_mission_is_asked_about_by_its_newest_version(staff: Http) -> None:
    mission(name="签到任务")
    paused = mission(name="另一任务")
    enable_mission(paused, False)
    recheck()
    assert rechecks(staff) == []
    rename("mission_versions", "国家级")
    recheck()
    (one,) = rechecks(staff)
    assert (one["kind"], one["name"], one["result"]) == ("mission", "国家级", "refused")


def test_what_is_over_isn_t_asked_about(staff: Http) -> None:
    coupons.make_template(enabled=False, name="国家级")
    session_id = flashsale.make_session()
    flashsale.let_it_end(session_id)
    assert staff.post(f"{PATH}/rechecks").get_json()["checked"] == 0


def test_warnings_are_accepted_until_something_else_is_said(staff: Http) -> None:
    make_promotion(staff)
    rename("promotions", "销量第一")
    recheck()
    (one,) = rechecks(staff)
    assert (one["result"], one["accepted_at"]) == ("warned", None)
    accepted = staff.put(f"{PATH}/rechecks/{one['id']}/acceptance")
    assert accepted.get_json()["staff"], accepted.get_json()
    assert staff.put(f"{PATH}/rechecks/{one['id']}/acceptance").status_code == 200
    recheck()
    assert (waiting(), len(rechecks(staff, "?accepted=true"))) == (0, 1)
    rename("promotions", "顶级")
    recheck()
    assert (waiting(), rechecks(staff, "?accepted=true")) == (1, [])
    rename("promotions", "国家级")
    recheck()
    (one,) = rechecks(staff)
    refused = staff.put(f"{PATH}/rechecks/{one['id']}/acceptance")
    assert error_code(refused) == "compliance_recheck_refused"
    missing = staff.put(f"{PATH}/rechecks/{int(one['id']) + 1}/acceptance")
    assert error_code(missing) == "compliance_recheck_not_found"


def test_what_was_accepted_at_saving_is_not_said_again(staff: Http) -> None:
    make_promotion(staff, name="销量第一", accept_warnings=True)
    recheck()
    assert rechecks(staff) == []


def test_a_save_ends_what_was_said_of_the_version_before(staff: Http) -> None:
    sku_id = make_sku(price_fen=10_000)
    rule = {"fixed_prices": {"prices": [{"sku_id": str(sku_id), "price_fen": 9_000}]}}
    promotion_id = make_promotion(staff, rule=rule)
    with transaction() as session:
        session.execute(text("UPDATE skus SET price_fen = 9000 WHERE id = :id"), {"id": sku_id})
    recheck()
    (one,) = rechecks(staff)
    assert (one["ref"], one["version"], one["result"]) == (promotion_id, 1, "refused")
    assert [finding["rule"] for finding in one["findings"]] == ["not_reduced"]
    with transaction() as session:
        starts_at = db_now(session) + timedelta(days=1)
    changed = terms(starts_at=starts_at.isoformat())
    assert staff.put(f"{PROMOTIONS}/{promotion_id}", changed).status_code == 200
    assert (rechecks(staff), waiting()) == ([], 0)


def test_what_was_refused_is_said_again_after_an_item_was_taken_out(staff: Http) -> None:
    """A version that only gives less is kept although rules refuse it: nobody accepted that."""
    session_id = flashsale.make_session()
    sku_id = make_sku(price_fen=10_000)
    flashsale.make_item(session_id, stock(sku_id, 10), price_fen=9_000)
    other = flashsale.make_item(session_id)
    with transaction() as session:
        session.execute(text("UPDATE skus SET price_fen = 9000 WHERE id = :id"), {"id": sku_id})
    recheck()
    assert waiting() == 1
    remove_item(other)
    recheck()
    (one,) = rechecks(staff)
    assert (one["kind"], one["version"], one["result"]) == ("flash_session", 4, "refused")
    assert waiting() == 1


def test_the_command_shows_what_is_new(app: Flask, staff: Http) -> None:
    make_promotion(staff)
    runner = app.test_cli_runner()
    fine = runner.invoke(compliance, obj=lambda: app)
    assert fine.exit_code == 0, fine.output
    assert "1 campaigns checked" in fine.output
    rename("promotions", "国家级")
    bad = runner.invoke(compliance, obj=lambda: app)
    assert bad.exit_code == 1
    assert "国家级" in bad.output


def test_the_rules_are_shown_with_their_sources(staff: Http) -> None:
    rules = staff.get(f"{PATH}/rules").get_json()["items"]
    assert {
        "code": "no_returns",
        "source": "消费者权益保护法第二十五条",
        "about": "Wording",
    } in rules
