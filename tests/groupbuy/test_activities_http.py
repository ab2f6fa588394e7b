"""Activities over HTTP: who may, what is answered, what a simulation shows to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from mall.catalog.models import Sku
from mall.kernel.db import transaction
from tests.support.catalog import make_sku
from tests.support.groupbuy import make_activity, sku_of
from tests.support.http import Http, error_code
from tests.support.inventory import Units, stock, units
from tests.support.staff import make_staff

ALL = "/admin/api/v1/group-activities"
SIMULATIONS = f"{ALL}/simulations"


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("groupbuy:read", "groupbuy:write"))


@pytest.fixture
def sku_id(app: Flask) -> int:
    return with_cost(stock(make_sku(10_000, name="茶"), 100), 7_500)


def with_cost(sku_id: int, cost_fen: int | None) -> int:
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == sku_id).values(cost_fen=cost_fen))
    return sku_id


def plan(sku_id: int, **more: Any) -> dict[str, Any]:
    def tier(size: int, price_fen: int) -> dict[str, Any]:
        return {"size": size, "prices": [{"sku_id": str(sku_id), "price_fen": price_fen}]}

    return {
        "mode": "difference",
        "skus": [{"sku_id": str(sku_id), "stock": 20}],
        "tier_sets": [{"name": "默认", "tiers": [tier(2, 9_000), tier(5, 8_000), tier(9, 7_000)]}],
        **more,
    }


def body(sku_id: int, **more: Any) -> dict[str, Any]:
    with transaction() as session:
        spu_id = session.scalar(text("SELECT spu_id FROM skus WHERE id = :id"), {"id": sku_id})
    now = datetime.now(UTC)
    return {
        **plan(sku_id),
        "name": "拼团",
        "spu_id": str(spu_id),
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(),
        "team_open_min": 60,
        "pay_min": 15,
        **more,
    }


def test_from_a_draft_to_an_activity(staff: Http, sku_id: int) -> None:
    made = staff.post(ALL, body(sku_id))
    assert made.status_code == 201, made.get_json()
    one = f"{ALL}/{made.get_json()['id']}"
    changed = staff.put(one, body(sku_id, name="改", pay_min=20, stacks=["coupons"]))
    assert changed.status_code == 200, changed.get_json()
    shown = staff.get(one).get_json()
    assert shown == changed.get_json()
    assert (shown["name"], shown["pay_min"], shown["version"]) == ("改", 20, 2)
    assert shown["tier_sets"][0]["tiers"][1]["prices"] == [
        {"sku_id": str(sku_id), "price_fen": 8_000}
    ]
    assert any("原路全额退回" in said for said in shown["rules_text"])
    started = staff.post(f"{one}/start", {"accept_warnings": False})
    assert started.status_code == 200, started.get_json()
    assert started.get_json()["status"] == "started"
    assert units(sku_id) == Units(80, 20)
    again = staff.put(one, body(sku_id))
    assert (again.status_code, error_code(again)) == (409, "group_activity_not_draft")
    copied = staff.post(
        f"{one}/copies",
        {"starts_at": "2031-01-01T00:00:00Z", "ends_at": "2031-01-02T00:00:00Z"},
    )
    assert copied.status_code == 201, copied.get_json()
    copy = copied.get_json()
    assert (copy["status"], copy["name"], copy["stacks"]) == ("draft", "改", ["coupons"])
    found = staff.get(f"{ALL}?status=draft&spu_id={copy['spu_id']}").get_json()["items"]
    assert [each["id"] for each in found] == [copy["id"]]
    assert staff.delete(f"{ALL}/{copy['id']}").status_code == 204
    assert staff.get(f"{ALL}/{copy['id']}").status_code == 404


def test_a_page_ends(staff: Http, sku_id: int) -> None:
    made = [staff.post(ALL, body(sku_id)).get_json()["id"] for _ in range(3)]
    first = staff.get(f"{ALL}?limit=2").get_json()
    second = staff.get(f"{ALL}?limit=2&cursor={first['next_cursor']}").get_json()
    assert [each["id"] for each in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


def test_who_may(app: Flask, http: Http, sku_id: int) -> None:
    clerk, reader = http.as_(make_staff()), http.as_(make_staff("groupbuy:read"))
    assert clerk.get(ALL).status_code == 403
    assert reader.get(ALL).status_code == 200
    assert reader.post(ALL, body(sku_id)).status_code == 403
    assert reader.post(SIMULATIONS, plan(sku_id)).status_code == 200


def test_what_a_start_may_refuse(staff: Http, sku_id: int) -> None:
    def start(**more: Any) -> Any:
        one = staff.post(ALL, body(sku_id, **more)).get_json()["id"]
        return staff.post(f"{ALL}/{one}/start", {"accept_warnings": True})

    many = [{"sku_id": str(sku_id), "stock": 101}]
    answer = start(skus=many)
    assert (answer.status_code, error_code(answer)) == (409, "out_of_stock")
    assert start().status_code == 200
    answer = start()
    assert (answer.status_code, error_code(answer)) == (409, "group_windows_cross")


def figures(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.get_json()
    found: list[dict[str, Any]] = answer.get_json()["tier_sets"][0]["skus"][0]["tiers"]
    return found


def test_a_simulation_shows_each_tier(app: Flask, http: Http, sku_id: int) -> None:
    boss = http.as_(make_staff("groupbuy:read", "catalog:cost"))
    asked = plan(sku_id, leader_free_freight=True)
    asked["skus"][0]["leader_price_fen"] = 7_900
    answer = boss.post(SIMULATIONS, {**asked, "freight_fen": 600})
    two, five, nine = figures(answer)
    assert (two["team_paid_fen"], two["team_difference_fen"]) == (16_900, 0)
    assert (five["difference_fen"], five["leader_price_fen"]) == (1_000, 7_900)
    assert five["team_revenue_fen"] == 4 * 8_000 + 7_900
    assert five["team_cost_fen"] == 5 * 7_500 + 600
    assert five["team_margin_fen"] == 39_900 - 38_100
    assert five["team_margin_bp"] == 1_800 * 10_000 // 39_900
    assert (nine["difference_fen"], nine["leader_price_fen"]) == (2_000, 7_000)
    assert nine["team_paid_fen"] - nine["team_difference_fen"] == nine["team_revenue_fen"]
    assert nine["team_revenue_fen"] == 9 * 7_000
    assert [each["is_below_cost"] for each in (two, five, nine)] == [False, False, True]
    (sku,) = answer.get_json()["tier_sets"][0]["skus"]
    assert (sku["alone_margin_fen"], sku["break_even_size"]) == (2_500, 2)
    assert answer.get_json()["warnings"] == ["默认：茶 标准 9 人团每件低于成本 5 元"]


def test_when_a_team_breaks_even(app: Flask, http: Http, sku_id: int) -> None:
    boss = http.as_(make_staff("groupbuy:read", "catalog:cost"))
    # The leader's gift is earned back by the others: 1 fen first, and 3,400 of freight.
    asked = plan(sku_id, leader_free_freight=True, freight_fen=400)
    asked["skus"][0]["leader_price_fen"] = 5_300
    shown = boss.post(SIMULATIONS, asked).get_json()["tier_sets"][0]["skus"][0]
    # Two: 1,500 less 2,200 and 400; three: 3,000 less 2,600.
    assert shown["break_even_size"] == 3
    chosen = boss.post(SIMULATIONS, {**asked, "mode": "chosen"}).get_json()
    assert chosen["tier_sets"][0]["skus"][0]["break_even_size"] is None
    one, _, nine = chosen["tier_sets"][0]["skus"][0]["tiers"]
    assert (one["difference_fen"], nine["difference_fen"]) == (0, 0)
    assert (nine["team_paid_fen"], nine["team_revenue_fen"]) == (61_300, 61_300)
    assert "计入团长优惠与运费后整团亏损 11 元" in chosen["warnings"][0]


def test_costs_are_for_who_may_see_them(staff: Http, app: Flask, http: Http, sku_id: int) -> None:
    shown = staff.post(SIMULATIONS, plan(sku_id)).get_json()
    assert "warnings" not in shown
    assert "cost" not in str(shown)
    assert "margin" not in str(shown)
    boss = http.as_(make_staff("groupbuy:read", "catalog:cost"))
    with_cost(sku_id, None)
    shown = boss.post(SIMULATIONS, plan(sku_id)).get_json()
    assert figures(boss.post(SIMULATIONS, plan(sku_id)))[0]["team_margin_fen"] is None
    assert shown["warnings"] == ["默认：茶 标准 未填成本价，无法计算毛利"]


def test_a_saved_activity_is_simulated_at_todays_prices(app: Flask, http: Http) -> None:
    activity_id = make_activity(leader_free_freight=True)
    with_cost(sku_of(activity_id), 8_500)
    boss = http.as_(make_staff("groupbuy:read", "catalog:cost"))
    answer = boss.get(f"{ALL}/{activity_id}/simulation?freight_fen=500")
    assert [tier["team_margin_fen"] for tier in figures(answer)] == [500, -3_000, -14_000]
    assert boss.get(f"{ALL}/{activity_id}/simulation?freight_fen=-1").status_code == 422
    assert boss.get(f"{ALL}/999/simulation").status_code == 404


def test_a_simulation_refuses_what_are_no_tiers(staff: Http, sku_id: int) -> None:
    wrong = plan(sku_id)
    wrong["tier_sets"][0]["tiers"].reverse()
    answer = staff.post(SIMULATIONS, wrong)
    assert (answer.status_code, error_code(answer)) == (422, "group_sizes_wrong")
    wrong = plan(sku_id)
    wrong["tier_sets"][0]["tiers"][0]["size"] = 1
    assert error_code(staff.post(SIMULATIONS, wrong)) == "validation_failed"
    twice = plan(sku_id)
    twice["skus"] *= 2
    assert error_code(staff.post(SIMULATIONS, twice)) == "validation_failed"
