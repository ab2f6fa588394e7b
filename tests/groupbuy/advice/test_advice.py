"""What staff are told, over HTTP: proposals, what they rest on, and when there is too little."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from mall.catalog.models import Sku
from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.advice.backtest.playing import LIFE_H, SETS
from mall.groupbuy.advice.backtest.shoppers import World, leaders, play
from mall.groupbuy.advice.set_starts import fit_due_set_starts
from mall.groupbuy.circles.models import GroupSetStart
from mall.kernel.db import transaction
from tests.groupbuy.advice.test_gathering import simulated_sets
from tests.support.catalog import make_sku
from tests.support.group_history import write_history
from tests.support.groupbuy import make_activity, sets_of, sku_of
from tests.support.http import Http
from tests.support.staff import make_staff

ADVICE = "/admin/api/v1/group-advice"
COST_FEN = 5_500


@pytest.fixture(scope="module")
def past() -> list[Any]:
    """What 150 leaders of the simulation did."""
    rng, played = Random(11), []
    for leader in leaders(World(), 150, rng):
        key = rng.choice([1, 2, 3])
        played.append((leader, SETS[key], key, play(World(), leader, SETS[key], LIFE_H)))
    return played


def live(past: list[Any], *, cost_fen: int | None = COST_FEN, **more: Any) -> int:
    """An activity whose product has this past: its id."""
    activity_id = make_activity(simulated_sets(), team_open_min=LIFE_H * 60, **more)
    write_history(activity_id, dict(zip(SETS, sets_of(activity_id), strict=True)), past)
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == sku_of(activity_id)).values(cost_fen=cost_fen))
    return activity_id


def spu_of(activity_id: int) -> str:
    """The product of an activity."""
    with transaction() as session:
        return str(session.get_one(GroupActivity, activity_id).spu_id)


def asked(http: Http, spu_id: str, *permissions: str, **more: Any) -> dict[str, Any]:
    """The answer to staff with these permissions."""
    body = {"spu_id": spu_id, "floor_margin_bp": 2_000, **more}
    who = make_staff(*(permissions or ("groupbuy:read", "catalog:cost")))
    answer = http.as_(who).post(ADVICE, body)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_proposals_with_what_they_rest_on(app: Flask, http: Http, past: list[Any]) -> None:
    del app
    found = asked(http, spu_of(live(past)), max_size=10, stock=500)
    assert (found["enough"], found["missing"], found["none_because"]) == (True, [], None)
    data = found["data"]
    assert (data["scope"], data["teams"], data["leaders"]) == ("product", 150, 150)
    assert data["joins"] == sum(row["joins"] for row in data["prices"])
    assert data["visits"] == sum(row["visits"] for row in data["prices"])
    assert {row["what"] for row in data["rates"]} >= {
        "joins_of_visits_bp",
        "visits_of_100_in_circle",
        "join_odds_per_1000_bp_bp",
    }
    for row in data["rates"]:
        assert row["low"] <= row["value"] <= row["high"]
    assert sum(row["teams"] for row in data["circles"]) == 150
    best = found["proposals"][0]
    assert [one["total_profit_fen"] for one in found["proposals"]] == sorted(
        (one["total_profit_fen"] for one in found["proposals"]), reverse=True
    )
    assert best["low_profit_fen"] <= best["profit_fen"] <= best["high_profit_fen"]
    assert best["sizes"] == sorted(best["sizes"])
    assert best["skus"][0]["prices_fen"] == sorted(best["skus"][0]["prices_fen"], reverse=True)
    assert best["team_open_min"] % 60 == 0
    assert [hour["visits_bp"] >= 10_000 for hour in best["best_hours"]] == [True] * 3
    for tier, price in zip(best["tiers"], best["skus"][0]["prices_fen"], strict=True):
        margin = price - price * 60 / 10_000 - COST_FEN
        assert tier["margin_bp"] == int(margin * 10_000 // price) >= 2_000
    assert sum(point["chance_bp"] for point in best["curve"]) == pytest.approx(10_000, abs=20)
    assert best["teams"] * best["units_per_100_teams"] / 100 <= 500 * 1.02


def test_too_little_is_told_and_nothing_is_made_up(app: Flask, http: Http, past: list[Any]) -> None:
    del app
    found = asked(http, spu_of(live(past[:12])))
    assert (found["enough"], found["proposals"]) == (False, [])
    lacking = {row["what"]: (row["have"], row["need"]) for row in found["missing"]}
    assert lacking["teams"] == (12, 50)
    assert set(lacking) >= {"teams", "leaders", "visits", "joins"}
    assert found["data"]["scope"] == "shop"


def test_a_product_without_a_past_uses_the_shops(app: Flask, http: Http, past: list[Any]) -> None:
    del app
    live(past)
    sku_id = make_sku(20_000)
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == sku_id).values(cost_fen=9_000))
        spu_id = session.scalars(select(Sku.spu_id).where(Sku.id == sku_id)).one()
    found = asked(http, str(spu_id), stock=100)
    assert found["enough"]
    assert found["data"]["scope"] == "shop"
    assert found["proposals"][0]["skus"][0]["prices_fen"][0] <= 20_000
    none_left = asked(http, str(spu_id))
    assert (none_left["proposals"], none_left["none_because"]) == ([], "stock")


def test_without_costs_there_are_data_and_no_prices(
    app: Flask, http: Http, past: list[Any]
) -> None:
    del app
    spu_id = spu_of(live(past, cost_fen=None))
    unknown = asked(http, spu_id)
    assert {"what": "costs", "have": 0, "need": 1} in unknown["missing"]
    assert unknown["proposals"] == []
    unseen = asked(http, spu_id, "groupbuy:read")
    assert [row["what"] for row in unseen["missing"]] == ["cost_permission"]
    assert (unseen["enough"], unseen["proposals"]) == (False, [])
    assert unseen["data"]["teams"] == 150


def test_a_floor_that_no_price_keeps(app: Flask, http: Http, past: list[Any]) -> None:
    del app
    found = asked(http, spu_of(live(past)), floor_margin_bp=6_000, stock=100)
    assert (found["enough"], found["proposals"]) == (True, [])
    assert found["none_because"] == "floor_margin"


def test_whom_it_isnt_for_and_what_isnt_there(app: Flask, http: Http) -> None:
    del app
    body = {"spu_id": "99", "floor_margin_bp": 0}
    assert http.as_(make_staff()).post(ADVICE, body).status_code == 403
    staff = http.as_(make_staff("groupbuy:read", "catalog:cost"))
    assert staff.post(ADVICE, body).get_json()["error"]["code"] == "product_not_found"
    activity_id = make_activity()
    of_other = body | {"spu_id": spu_of(activity_id), "sku_ids": [str(make_sku())]}
    assert staff.post(ADVICE, of_other).get_json()["error"]["code"] == "sku_unknown"
    assert staff.post(ADVICE, body | {"min_size": 9, "max_size": 3}).status_code == 422
    wrong = body | {"least_reduction_bp": 900, "most_reduction_bp": 100}
    assert staff.post(ADVICE, wrong).status_code == 422


def test_where_sets_start_is_fitted_kept_and_shown(
    app: Flask, http: Http, past: list[Any], work: Callable[[], None]
) -> None:
    del app
    activity_id = live(past, picks_set=True)
    still = make_activity(simulated_sets())
    fit_due_set_starts()
    work()
    path = f"{ADVICE}/activities/{activity_id}/set-starts"
    items = http.as_(make_staff("groupbuy:read", "catalog:cost")).get(path).get_json()["items"]
    assert items[0]["min_circle"] == 0
    circles = [one["min_circle"] for one in items]
    assert len(items) >= 2
    assert circles == sorted(circles)
    assert [one["sizes"][-1] for one in items] == sorted(one["sizes"][-1] for one in items)
    assert {one["scope"] for one in items} == {"product"}
    assert items[0]["teams"] == 150
    assert "profit_fen" in items[0]
    without = http.as_(make_staff("groupbuy:read")).get(path).get_json()["items"]
    assert "profit_fen" not in without[0]
    other = http.as_(make_staff("groupbuy:read")).get(f"{ADVICE}/activities/{still}/set-starts")
    assert other.get_json() == {"items": []}
    fitted_at = items[0]["fitted_at"]
    fit_due_set_starts()
    work()
    again = http.as_(make_staff("groupbuy:read")).get(path).get_json()["items"]
    assert again[0]["fitted_at"] == fitted_at, "it stands for a day"


def test_with_too_little_no_set_starts_anywhere(
    app: Flask, past: list[Any], work: Callable[[], None]
) -> None:
    del app
    live(past[:12], picks_set=True)
    live(past[:12], picks_set=True, cost_fen=None)
    fit_due_set_starts()
    work()
    with transaction() as session:
        assert session.scalars(select(GroupSetStart)).all() == []
