"""Packet campaigns over HTTP: what staff compose, publish, pause and end."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mall.compliance.models import ComplianceVerdict
from mall.coupons.models import CouponTemplate
from mall.kernel.db import transaction
from mall.missions.checkin.checking_in import check_in
from mall.staff.models import AuditEntry
from tests.support.coupons import terms
from tests.support.events import work_off
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.packets import (
    ADMIN,
    SHOPPER,
    every_process_knows_of_packets,
    open_check_in,
    packet_draft,
    packet_terms,
    shop_days_pass,
    today,
    upcoming_campaign,
    warm_campaign,
)
from tests.support.staff import make_staff
from tests.support.users import make_shopper


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("games:read", "games:write", "games:publish"))


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"values_fen": [500, 500]}, "packet_values_invalid", "values_fen"),
        ({"values_fen": list(range(1, 8))}, "packet_values_invalid", "values_fen"),
        ({"packets": None}, "packet_values_invalid", "packets"),
        ({"budget_fen": 1_199}, "packet_values_invalid", "budget_fen"),
        ({"sale_first": "2031-01-01"}, "packet_days_invalid", "sale_first"),
        ({"warm_last": "2031-01-01"}, "packet_days_invalid", "sale_first"),
        ({"scope": {"only": {"sku_ids": ["99"]}}}, "goods_unknown", "scope"),
    ],
)
def test_what_can_t_be_promised(
    app: Flask, staff: Http, wrong: dict[str, Any], code: str, param: str
) -> None:
    refused = staff.post(ADMIN, packet_terms(**wrong))
    assert error_code(refused) == code, refused.get_json()
    assert refused.get_json()["error"]["param"].startswith(param)


def test_a_draft_changes_and_published_terms_never(app: Flask, staff: Http) -> None:
    campaign_id = packet_draft()
    path = f"{ADMIN}/{campaign_id}"
    changed = staff.put(path, packet_terms(name="年货红包", replaces=1)).get_json()
    assert (changed["name"], changed["revision"], changed["state"]) == ("年货红包", 2, "draft")
    body = {"replaces": 1, "accept_warnings": True}
    assert error_code(staff.post(f"{path}/publication", body)) == "packet_campaign_changed"
    shown = staff.post(f"{path}/publication", {**body, "replaces": 2}).get_json()
    assert (shown["state"], shown["most"], shown["opened"]) == ("upcoming", 100, 0)
    for again in (
        staff.put(path, packet_terms(replaces=2)),
        staff.post(f"{path}/publication", {**body, "replaces": 2}),
    ):
        assert error_code(again) == "packet_campaign_published"
    for change in ("values_fen = '[1, 2]'", "sale_last = sale_last + 1", "published_at = NULL"):
        with pytest.raises(IntegrityError, match="never change"), transaction() as session:
            session.execute(text(f"UPDATE packet_campaigns SET {change}"))
    with transaction() as session:
        verdict = session.scalars(
            select(ComplianceVerdict).where(ComplianceVerdict.kind == "packet_campaign")
        ).one()
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.target_type == "packet_campaign")
        ).all()
    assert (verdict.version, verdict.ref) == (2, str(campaign_id))
    assert sorted(actions) == [
        f"packet_campaign.{verb}" for verb in ("create", "publish", "update")
    ]


def test_it_is_published_on_its_first_day_at_the_latest(
    app: Flask, http: Http, staff: Http
) -> None:
    """Then packets are opened once every process knows that check-ins count."""
    open_check_in()
    campaign_id, late = packet_draft(), packet_draft(warm_first=str(today()))
    body = {"replaces": 1, "accept_warnings": True}
    shop_days_pass()
    shown = staff.post(f"{ADMIN}/{campaign_id}/publication", body)
    assert shown.get_json()["state"] == "upcoming", shown.get_json()
    user_id, token = make_shopper()
    check_in(user_id)
    mine = f"{SHOPPER}/{campaign_id}/packet"
    assert error_code(http.as_(token).post(mine)) == "packet_not_started"
    every_process_knows_of_packets()
    assert http.as_(token).post(mine).get_json()["value_fen"] == 800
    refused = staff.post(f"{ADMIN}/{late}/publication", body)
    assert error_code(refused) == "packet_days_invalid"
    assert error_code(staff.put(f"{ADMIN}/{late}/pause", {"paused": True})) == (
        "packet_campaign_not_published"
    )
    work_off()
    check_invariants()


def test_nobody_else_gives_or_changes_its_coupons(app: Flask, http: Http, staff: Http) -> None:
    campaign_id = upcoming_campaign()
    template_id = staff.get(f"{ADMIN}/{campaign_id}").get_json()["template_id"]
    other = http.as_(make_staff("coupon:read", "coupon:write", "reward:write"))
    path = f"/admin/api/v1/coupon-templates/{template_id}"
    assert other.get(path).get_json()["way"] == "feature"
    for refused in (other.put(path, terms()), other.delete(path)):
        assert error_code(refused) == "coupon_template_in_use"
    assert error_code(other.post(f"{path}/batches", {"size": 1})) == "coupon_not_by_code"
    rule = {"name": "红包", "reward": [{"kind": "coupon", "what": template_id}]}
    assert error_code(other.post("/admin/api/v1/reward-rules", rule)) == "reward_unknown"
    me = http.as_(make_shopper()[1])
    claim = me.post(f"/api/v1/coupon-templates/{template_id}/claims")
    assert error_code(claim) == "coupon_template_not_found"
    made = other.post("/admin/api/v1/coupon-templates", terms(way="feature"))
    assert made.status_code == 422, "staff can't make one of their own"


def test_paused_nobody_opens_and_what_is_opened_grows(app: Flask, http: Http, staff: Http) -> None:
    campaign_id = warm_campaign()
    mine = f"{SHOPPER}/{campaign_id}/packet"
    user_id, token = make_shopper()
    assert http.as_(token).post(mine).status_code == 201
    paused = staff.put(f"{ADMIN}/{campaign_id}/pause", {"paused": True})
    assert paused.get_json()["state"] == "paused"
    assert error_code(http.as_(make_shopper()[1]).post(mine)) == "packet_paused"
    check_in(user_id)
    work_off()
    assert http.as_(token).get(mine).get_json()["value_fen"] == 800
    assert http.as_(token).post(mine).get_json()["value_fen"] == 800, "shown again"
    staff.put(f"{ADMIN}/{campaign_id}/pause", {"paused": False})
    assert http.as_(make_shopper()[1]).post(mine).status_code == 201
    check_invariants()


def test_ended_early_nothing_grows_and_coupons_stay(app: Flask, http: Http, staff: Http) -> None:
    campaign_id = warm_campaign()
    mine = f"{SHOPPER}/{campaign_id}/packet"
    user_id, token = make_shopper()
    http.as_(token).post(mine)
    ended = staff.post(f"{ADMIN}/{campaign_id}/end", {"reason": "供应商停产"})
    assert ended.get_json()["state"] == "ended"
    assert http.get(f"{SHOPPER}/{campaign_id}").get_json()["end_reason"] == "供应商停产"
    assert error_code(http.as_(make_shopper()[1]).post(mine)) == "packet_warm_up_over"
    check_in(user_id)
    work_off()
    shown = http.as_(token).get(mine).get_json()
    assert (shown["value_fen"], shown["next_value_fen"], shown["days_left"]) == (500, None, 0)
    assert shown["coupon_status"] == "available"
    for again in (
        staff.post(f"{ADMIN}/{campaign_id}/end", {"reason": "再次"}),
        staff.put(f"{ADMIN}/{campaign_id}/pause", {"paused": True}),
    ):
        assert error_code(again) == "packet_campaign_over"
    check_invariants()


def test_a_budget_in_fen_counts_each_packet_at_the_cap(app: Flask, http: Http) -> None:
    campaign_id = warm_campaign(budget_fen=2_500)
    mine = f"{SHOPPER}/{campaign_id}/packet"
    assert [http.as_(make_shopper()[1]).post(mine).status_code for _ in range(2)] == [201, 201]
    assert error_code(http.as_(make_shopper()[1]).post(mine)) == "packets_all_opened"
    shown = http.get(f"{SHOPPER}/{campaign_id}").get_json()
    assert (shown["packets"], shown["all_opened"]) == (2, True)
    with transaction() as session:
        assert session.scalars(select(CouponTemplate.total_limit)).one() == 2
    check_invariants()
