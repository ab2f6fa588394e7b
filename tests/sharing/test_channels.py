"""Channels over HTTP: staff make them, their share opens, codes, links and costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import transaction
from mall.staff.models import AuditEntry
from tests.support.browsing import make_product
from tests.support.channels import make_channel
from tests.support.coupons import make_template
from tests.support.freight import make_point
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import make_shopper
from tests.support.wechat import control

CHANNELS = "/admin/api/v1/channels"


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def admin(http: Http) -> Http:
    return http.as_(make_staff("channel:read", "channel:write", "coupon:write"))


def body(**more: Any) -> dict[str, Any]:
    page = {"kind": "product", "id": str(make_product()[0])}
    return {"name": "西湖店门口", "kind": "store", "page": page, **more}


def opened_page(http: Http, token: str) -> Any:
    answer = http.as_(make_shopper()[1]).post(f"/api/v1/shares/{token}/opens")
    return answer.get_json()["page"]["id"] if answer.status_code == 200 else error_code(answer)


def test_a_channel_is_made_and_its_token_leads_to_its_page(http: Http, admin: Http) -> None:
    wanted = body(
        point_id=str(make_point()),
        coupon_template_id=str(make_template(way="channel")),
        note="收银台立牌",
    )
    made = admin.post(CHANNELS, wanted)
    assert made.status_code == 201, made.get_json()
    shown = made.get_json()
    for name, value in wanted.items():
        assert shown[name] == value
    assert len(shown["token"]) <= 32, "fits the scene of a mini-program code"
    assert opened_page(http, shown["token"]) == wanted["page"]["id"]
    listed = admin.get(CHANNELS, kind="store").get_json()["items"]
    assert [one["id"] for one in listed] == [shown["id"]]
    assert admin.get(CHANNELS, kind="kol").get_json()["items"] == []
    with transaction() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert "channel.create" in actions


def test_what_is_printed_leads_to_the_new_page_after_a_change(http: Http, admin: Http) -> None:
    shown = admin.post(CHANNELS, body()).get_json()
    wanted = body(name="城西店", kind="poster")
    changed = admin.put(f"{CHANNELS}/{shown['id']}", wanted)
    assert (changed.status_code, changed.get_json()["token"]) == (200, shown["token"])
    assert opened_page(http, shown["token"]) == wanted["page"]["id"]


def test_a_channel_s_share_ends_with_it_and_counts_no_visit_then(http: Http, admin: Http) -> None:
    made = make_channel()
    opened_page(http, made.token)
    wanted = body(ends_at="2020-01-01T00:00:00+00:00")
    assert admin.put(f"{CHANNELS}/{made.id}", wanted).status_code == 200
    opened_page(http, made.token)
    with transaction() as session:
        visits = text("SELECT count(*) FROM share_opens WHERE channel_id = :id")
        assert session.scalar(visits, {"id": made.id}) == 1


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"name": ""}, 422, "validation_failed"),
        ({"kind": "radio"}, 422, "validation_failed"),
        ({"page": {"kind": "product", "id": "999999"}}, 404, "page_not_found"),
        ({"page": {"kind": "moon", "id": "1"}}, 404, "page_not_found"),
        ({"coupon_template_id": "999999"}, 422, "channel_coupon_invalid"),
        ({"point_id": "999999"}, 422, "channel_point_unknown"),
        (
            {"starts_at": "2031-02-01T00:00:00Z", "ends_at": "2031-01-01T00:00:00Z"},
            *(422, "validation_failed"),
        ),
        ({"token": "mine"}, 422, "validation_failed"),
    ],
)
def test_bad_input(admin: Http, more: dict[str, Any], status: int, code: str) -> None:
    answer = admin.post(CHANNELS, body(**more))
    assert (answer.status_code, error_code(answer)) == (status, code)


def test_a_name_is_given_once_and_only_a_channel_s_coupon_is_offered(admin: Http) -> None:
    public = str(make_template())
    refused = admin.post(CHANNELS, body(coupon_template_id=public))
    assert error_code(refused) == "channel_coupon_invalid"
    shown = admin.post(CHANNELS, body()).get_json()
    assert error_code(admin.post(CHANNELS, body())) == "channel_named"
    assert admin.put(f"{CHANNELS}/{shown['id']}", body()).status_code == 200
    assert error_code(admin.put(f"{CHANNELS}/999999", body())) == "channel_not_found"


def test_a_template_that_a_channel_offers_is_not_deleted(admin: Http) -> None:
    made = make_channel(coupon={})
    path = f"/admin/api/v1/coupon-templates/{made.template_id}"
    assert error_code(admin.delete(path)) == "coupon_template_in_use"


def test_costs_of_days(admin: Http) -> None:
    path = f"{CHANNELS}/{make_channel().id}/costs"
    for day, fen in (("2026-03-01", 5_000), ("2026-03-02", 700), ("2026-03-01", 6_000)):
        assert admin.put(path, {"day": day, "cost_fen": fen}).status_code == 204
    march = {"first": "2026-03-01", "last": "2026-03-31"}

    def shown() -> list[tuple[str, int]]:
        found = admin.get(path, **march).get_json()["items"]
        return [(one["day"], one["cost_fen"]) for one in found]

    assert shown() == [("2026-03-02", 700), ("2026-03-01", 6_000)]
    assert admin.put(path, {"day": "2026-03-02", "cost_fen": 0}).status_code == 204
    assert shown() == [("2026-03-01", 6_000)]
    for wrong in (-1, "5", 10**12, None):
        assert admin.put(path, {"day": "2026-03-02", "cost_fen": wrong}).status_code == 422
    assert admin.put(path, {"day": "1026-03-02", "cost_fen": 5}).status_code == 422
    assert admin.get(path, first="2026-03-02", last="2026-03-01").status_code == 422


def test_only_with_the_permission(http: Http) -> None:
    reader = http.as_(make_staff("channel:read"))
    assert error_code(reader.post(CHANNELS, body())) == "not_permitted"
    path = f"{CHANNELS}/{make_channel().id}"
    assert reader.get(path).status_code == 200
    assert error_code(http.as_(make_staff("coupon:read")).get(path)) == "not_permitted"


def test_the_code_is_asked_of_wechat_once_and_a_link_for_outside(
    admin: Http, simulator: LiveServer
) -> None:
    path = f"{CHANNELS}/{make_channel().id}"
    first = admin.get(f"{path}/code")
    assert (first.status_code, first.content_type) == (200, "image/jpeg")
    link = admin.post(f"{path}/links", {"expire_days": 7}).get_json()["url_link"]
    assert link.startswith("https://wxaurl.cn/")
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa", count=None)
    try:
        assert admin.get(f"{path}/code").data == first.data
        other = f"{CHANNELS}/{make_channel().id}"
        assert error_code(admin.get(f"{other}/code")) == "channel_code_unavailable"
        assert admin.post(f"{other}/links", {"expire_days": 7}).status_code == 503
    finally:
        requests.delete(f"{simulator.url}/_control/faults", timeout=10).raise_for_status()
