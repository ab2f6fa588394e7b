"""Commission through HTTP: a promoter brings another, who brings a buyer; both are paid by the
rates, one of them is made void by staff, and the other loses the part that the buyer gets back."""

from __future__ import annotations

from typing import Any

import pytest

from mall.aftersales.jobs import settle_orders
from mall.kernel.db import db
from mall.referral.commission.settings import LEVELS, SETTLE_DAYS
from mall.referral.commission.settling import settle_batch
from tests.support.aftersales import AfterSalesShop
from tests.support.http import Http, error_code
from tests.support.promoters import make_promoter
from tests.support.settings import set_setting
from tests.support.sharing import make_share, opened
from tests.support.staff import make_staff
from tests.support.users import make_shopper

PLANS = "/admin/api/v1/commission-plans"
LINES = "/admin/api/v1/commission-lines"
MINE = "/api/v1/commission"


@pytest.fixture
def clerk(http: Http) -> Http:
    return http.as_(make_staff("commission:read", "commission:write"))


def rates(**changes: Any) -> dict[str, Any]:
    one = {"scope": "all", "rate_bp": 1_000, "second_bp": 300}
    return {"name": "佣金", "rates": [one], "replaces": 0, "accept_warnings": True, **changes}


def balance(who: Http) -> tuple[int, int, int]:
    """Pending, available, owed."""
    shown = who.get(MINE).get_json()
    return shown["pending_fen"], shown["available_fen"], shown["debt_fen"]


def test_two_promoters_are_paid_and_lose_their_part(
    shop: AfterSalesShop, http: Http, clerk: Http
) -> None:
    assert clerk.post(PLANS, rates()).status_code == 201
    set_setting(LEVELS, 2)
    set_setting(SETTLE_DAYS, 0)
    (top, top_token), (near, near_token) = make_shopper(), make_shopper()
    make_promoter(top)
    opened(near, make_share(top))
    make_promoter(near)
    opened(shop.user_id, make_share(near))
    shop.work()
    upper, lower = http.as_(top_token), http.as_(near_token)

    order_no = shop.sent(2)
    shop.work()
    lines = clerk.get(f"{LINES}?order_no={order_no}").get_json()["items"]
    paid_fen = lines[0]["base_fen"]
    first, second = paid_fen // 10, paid_fen * 3 // 100
    assert (balance(lower), balance(upper)) == ((first, 0, 0), (second, 0, 0))

    assert shop.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
    shop.days_pass(30)
    settle_orders()
    shop.work()
    while settle_batch():
        pass
    db.session.remove()
    assert (balance(lower), balance(upper)) == ((0, first, 0), (0, second, 0))
    (mine,) = upper.get(f"{MINE}/lines").get_json()["items"]
    assert (mine["level"], mine["status"], mine["kept_fen"]) == (2, "settled", second)
    assert "order_no" not in mine
    kinds = [one["kind"] for one in lower.get(f"{MINE}/entries").get_json()["items"]]
    assert kinds == ["settle", "earn"]

    voided = clerk.post(f"{LINES}/{mine['id']}/void", {"reason": "违规推广"})
    assert (voided.status_code, voided.get_json()["status"]) == (200, "void")
    assert error_code(clerk.post(f"{LINES}/{mine['id']}/void", {"reason": "再来"})) == (
        "commission_line_over"
    )
    assert (balance(lower), balance(upper)) == ((0, first, 0), (0, 0, 0))
    shop.refunded(order_no, 1)
    shop.money_goes()
    assert balance(lower) == (0, (paid_fen - paid_fen // 2) // 10, 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rates": [{"scope": "all", "rate_bp": 10_001}]}, "validation_failed"),
        ({"rates": [{"scope": "all", "rate_bp": 6_000, "second_bp": 4_001}]}, "validation_failed"),
        ({"rates": [{"scope": "all", "rate_bp": -1}]}, "validation_failed"),
        ({"rates": [{"scope": "sku", "rate_bp": 1}]}, "validation_failed"),
        ({"rates": [{"scope": "all", "scope_id": "3", "rate_bp": 1}]}, "validation_failed"),
        ({"rates": [{"scope": "all", "rate_bp": 1}] * 2}, "validation_failed"),
        ({"rates": [{"scope": "all", "rate_bp": 1, "third_bp": 1}]}, "validation_failed"),
        ({"rates": []}, "validation_failed"),
        ({"rates": [{"scope": "sku", "scope_id": "98765", "rate_bp": 1}]}, "goods_unknown"),
        (
            {"rates": [{"scope": "all", "level_id": "98765", "rate_bp": 1}]},
            "commission_level_unknown",
        ),
        ({"replaces": 7}, "commission_plan_changed"),
    ],
)
def test_rates_that_are_refused(clerk: Http, changes: dict[str, Any], code: str) -> None:
    assert error_code(clerk.post(PLANS, rates(**changes))) == code
    assert clerk.get(PLANS).get_json()["items"] == []


def test_three_levels_are_refused(http: Http) -> None:
    owner = http.as_(make_staff("settings:read", "settings:write", "commission:write"))
    path = f"/admin/api/v1/settings/{LEVELS.name}"
    assert owner.put(path, {"value": 3, "seen": 0}).status_code == 422
    assert LEVELS.get() == 1


def test_what_isnt_there(clerk: Http, http: Http) -> None:
    assert error_code(clerk.get(f"{PLANS}/9")) == "commission_plan_not_found"
    found = clerk.post(f"{LINES}/987654/void", {"reason": "违规"})
    assert error_code(found) == "commission_line_not_found"
    assert clerk.get("/admin/api/v1/shoppers/987654/commission").status_code == 404
    reader = http.as_(make_staff("commission:read"))
    assert reader.post(PLANS, rates()).status_code == 403
