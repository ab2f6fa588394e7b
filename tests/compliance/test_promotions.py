"""Promotions are reviewed when staff save them, through HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mall.compliance.jobs import delete_old_verdicts, recheck
from mall.kernel.db import db_now, transaction
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.orders import buy, make_buyer, make_goods, pay
from tests.support.promotions import terms
from tests.support.staff import make_staff

PATH = "/admin/api/v1/promotions"
VERDICTS = "/admin/api/v1/compliance/verdicts"


@pytest.fixture
def staff(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("promotion:read", "promotion:write", "compliance:read"))


def tomorrow(**more: Any) -> dict[str, Any]:
    with transaction() as session:
        starts_at = db_now(session) + timedelta(days=1)
    return terms(starts_at=starts_at.isoformat(), **more)


def verdicts(staff: Http) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = staff.get(f"{VERDICTS}?kind=promotion").get_json()["items"]
    return found


def test_a_refusal_names_all_reasons_and_leaves_nothing(staff: Http) -> None:
    refused = staff.post(PATH, tomorrow(name="国家级全网最低价", accept_warnings=True))
    assert (refused.status_code, error_code(refused)) == (422, "campaign_refused")
    message = refused.get_json()["error"]["message"]
    assert "广告法第九条" in message
    assert "价格法第十四条" in message
    assert verdicts(staff) == []
    assert staff.get(PATH).get_json()["items"] == []


def test_a_warning_must_be_accepted_and_each_version_keeps_its_verdict(staff: Http) -> None:
    warned = staff.post(PATH, tomorrow(name="销量第一"))
    assert (warned.status_code, error_code(warned)) == (409, "campaign_warned")
    made = staff.post(PATH, tomorrow(name="销量第一", accept_warnings=True))
    assert made.status_code == 201, made.get_json()
    path = f"{PATH}/{made.get_json()['id']}"
    assert staff.put(path, tomorrow(name="国家级")).status_code == 422
    assert staff.put(path, tomorrow(name="秋促")).status_code == 200
    second, first = verdicts(staff)
    assert (first["version"], first["result"]) == (1, "warned")
    assert first["snapshot"]["name"] == "销量第一"
    assert [finding["rule"] for finding in first["findings"]] == ["absolute_words"]
    assert first["staff"]
    assert (second["version"], second["result"]) == (2, "passed")


def test_a_price_that_is_no_reduction(staff: Http) -> None:
    sku_id = make_sku(price_fen=10_000)
    rule = {"fixed_prices": {"prices": [{"sku_id": str(sku_id), "price_fen": 10_000}]}}
    refused = staff.post(PATH, tomorrow(rule=rule))
    assert error_code(refused) == "campaign_refused"


@pytest.mark.parametrize(("days_ago", "said"), [(0, True), (10, True), (91, False)])
def test_a_price_that_was_paid_before(staff: Http, days_ago: int, said: bool) -> None:
    sku_id = make_goods(5, 10_000)
    order_id = buy(make_buyer(), {sku_id: 1})
    pay(order_id)
    with transaction() as session:
        session.execute(text("UPDATE skus SET price_fen = 15000 WHERE id = :id"), {"id": sku_id})
        ago = {"days": days_ago}
        session.execute(
            text("UPDATE orders SET paid_at = paid_at - make_interval(days => :days)"), ago
        )
    rule = {"fixed_prices": {"prices": [{"sku_id": str(sku_id), "price_fen": 12_000}]}}
    answer = staff.post(PATH, tomorrow(rule=rule))
    assert answer.status_code == (409 if said else 201), answer.get_json()
    assert not said or error_code(answer) == "campaign_warned"


def test_what_a_promotion_sells_itself_is_no_ground_against_it(staff: Http) -> None:
    sku_id = make_goods(5, 10_000)
    rule = {"fixed_prices": {"prices": [{"sku_id": str(sku_id), "price_fen": 9_000}]}}
    with transaction() as session:
        started = db_now(session) - timedelta(hours=1)
    assert staff.post(PATH, terms(starts_at=started.isoformat(), rule=rule)).status_code == 201
    pay(buy(make_buyer(), {sku_id: 1}))
    recheck()
    assert staff.get("/admin/api/v1/compliance/rechecks").get_json()["items"] == []
    with transaction() as session:  # as an order that was paid with points, too
        session.execute(text("UPDATE orders SET may_be_free = true"))
    assert staff.post(PATH, tomorrow(rule=rule)).status_code == 201


def test_verdicts_never_change_and_go_after_two_years(staff: Http) -> None:
    assert staff.post(PATH, tomorrow()).status_code == 201
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text("UPDATE compliance_verdicts SET version = 9"))
    delete_old_verdicts()
    assert len(verdicts(staff)) == 1
    with transaction() as session:
        session.execute(text("ALTER TABLE compliance_verdicts DISABLE TRIGGER USER"))
        session.execute(
            text(
                "UPDATE compliance_verdicts SET created_at = now() - interval '3 years',"
                " ends_at = now() - interval '25 months'"
            )
        )
        session.execute(text("ALTER TABLE compliance_verdicts ENABLE TRIGGER USER"))
    delete_old_verdicts()
    assert verdicts(staff) == []
