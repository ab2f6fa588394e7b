"""How shoppers come by coupons, over HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from mall.coupons import jobs
from mall.coupons.events import CouponExpiringSoon
from mall.coupons.models import Coupon
from mall.groupbuy.teams.codes import draw_code as team_code
from mall.kernel.codes import draw_code
from mall.kernel.db import db, db_now, transaction
from mall.kernel.events import HANDLERS, Subscription
from mall.payments.numbers import new_out_trade_no, new_refund_no
from mall.payouts.numbers import new_bill_no
from mall.staff.models import AuditEntry
from tests.support.coupons import coupon_of, make_coupon, make_template, terms
from tests.support.features import installed
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.staff import make_staff
from tests.support.users import make_shopper

TEMPLATES = "/admin/api/v1/coupon-templates"


@pytest.fixture
def me(http: Http) -> Http:
    return http.as_(make_shopper()[1])


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("coupon:read", "coupon:write"))


def claim(me: Http, template_id: int) -> TestResponse:
    return me.post(f"/api/v1/coupon-templates/{template_id}/claims")


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, error_code(answer)


def tabs(me: Http) -> dict[str, int]:
    return {
        tab: len(me.get("/api/v1/coupons", tab=tab).get_json()["items"])
        for tab in ("usable", "used", "expired")
    }


def moment(days: float) -> str:
    with transaction() as session:
        return (db_now(session) + timedelta(days=days)).isoformat()


def test_claiming(me: Http) -> None:
    template_id = make_template(total_limit=3, per_user_limit=2)
    (shown,) = me.get("/api/v1/coupon-templates").get_json()["items"]
    assert (shown["mine"], shown["can_claim"]) == (0, True)
    answer = claim(me, template_id)
    assert answer.status_code == 201
    coupon = answer.get_json()
    assert (coupon["status"], coupon["template"]["amount_fen"]) == ("available", 500)
    assert claim(me, template_id).status_code == 201
    assert refusal(claim(me, template_id)) == (409, "coupon_claim_limit")
    (shown,) = me.get("/api/v1/coupon-templates").get_json()["items"]
    assert (shown["mine"], shown["can_claim"], shown["sold_out"]) == (2, False, False)
    assert tabs(me) == {"usable": 2, "used": 0, "expired": 0}
    check_invariants()


def test_the_last_is_claimed_once(http: Http, me: Http) -> None:
    template_id = make_template(total_limit=1)
    assert claim(me, template_id).status_code == 201
    other = http.as_(make_shopper()[1])
    assert refusal(claim(other, template_id)) == (409, "coupon_all_claimed")
    assert other.get("/api/v1/coupon-templates").get_json()["items"][0]["sold_out"]
    check_invariants()


def test_what_isnt_open_cant_be_claimed(me: Http) -> None:
    for more in (
        {"enabled": False},
        {"claim_from": moment(1)},
        {"claim_to": moment(1)},
        {"valid_days": None, "valid_from": moment(-2), "valid_to": moment(1)},
    ):
        template_id = make_template(**more)
        with transaction() as session:  # a day and a bit later
            for end in ("claim_to", "valid_to"):
                session.execute(text(f"UPDATE coupon_templates SET {end} = {end} - interval '2d'"))
        assert refusal(claim(me, template_id)) == (409, "coupon_claim_not_open"), more
    for way in ("code", "reward"):
        assert refusal(claim(me, make_template(way=way))) == (404, "coupon_template_not_found")
    assert refusal(claim(me, 987654321)) == (404, "coupon_template_not_found")
    assert me.get("/api/v1/coupon-templates").get_json()["items"] == []
    check_invariants()


def test_codes(me: Http, staff: Http, http: Http) -> None:
    template_id = make_template(way="code", per_user_limit=1)
    batch = staff.post(f"{TEMPLATES}/{template_id}/batches", {"size": 3, "note": "传单"})
    assert batch.status_code == 201
    sheet = staff.get(f"/admin/api/v1/coupon-batches/{batch.get_json()['id']}/codes")
    assert sheet.mimetype == "text/csv"
    rows = [row.split(",") for row in sheet.get_data(as_text=True).lstrip("\ufeff").split()]
    codes = [code for code, redeemed in rows[1:] if redeemed == "否"]
    assert len(set(codes)) == 3
    book = staff.get(f"/admin/api/v1/coupon-batches/{batch.get_json()['id']}/codes", format="xlsx")
    page = load_workbook(io.BytesIO(book.get_data())).active
    assert page is not None
    assert [row[0] for row in page.iter_rows(values_only=True)] == ["兑换码", *codes]
    typed = f"{codes[0][:8]}-{codes[0][8:].lower()}"
    assert me.post("/api/v1/coupon-codes", {"code": typed}).status_code == 201
    again = me.post("/api/v1/coupon-codes", {"code": codes[0]})
    assert refusal(again) == (409, "coupon_code_used")
    second = me.post("/api/v1/coupon-codes", {"code": codes[1]})
    assert refusal(second) == (409, "coupon_claim_limit")
    other = http.as_(make_shopper()[1])
    assert other.post("/api/v1/coupon-codes", {"code": codes[1]}).status_code == 201
    assert refusal(me.post("/api/v1/coupon-codes", {"code": "X"})) == (404, "coupon_code_unknown")
    public = make_template()
    wrong = staff.post(f"{TEMPLATES}/{public}/batches", {"size": 1})
    assert refusal(wrong) == (409, "coupon_not_by_code")
    (listed,) = staff.get(f"{TEMPLATES}/{template_id}/batches").get_json()["items"]
    assert (listed["size"], listed["note"]) == (3, "传单")
    check_invariants()


def test_staff_keep_templates(staff: Http, me: Http, app: Flask) -> None:
    made = staff.post(TEMPLATES, terms(total_limit=5))
    assert made.status_code == 201
    template_id = made.get_json()["id"]
    body = terms(total_limit=5, amount_fen=600)
    assert staff.put(f"{TEMPLATES}/{template_id}", body).get_json()["amount_fen"] == 600
    claim(me, int(template_id))
    worth_more = staff.put(f"{TEMPLATES}/{template_id}", {**body, "amount_fen": 900})
    assert refusal(worth_more) == (409, "coupon_template_in_use")
    too_few = staff.put(f"{TEMPLATES}/{template_id}", {**body, "total_limit": 0})
    assert refusal(too_few) == (409, "coupon_limit_too_small")
    fewer = staff.put(f"{TEMPLATES}/{template_id}", {**body, "total_limit": 1, "enabled": False})
    assert (fewer.status_code, fewer.get_json()["claimed"]) == (200, 1)
    assert refusal(staff.delete(f"{TEMPLATES}/{template_id}")) == (409, "coupon_template_in_use")
    other = staff.post(TEMPLATES, terms()).get_json()["id"]
    assert staff.delete(f"{TEMPLATES}/{other}").status_code == 204
    assert staff.get(f"{TEMPLATES}/{other}").status_code == 404
    assert [t["id"] for t in staff.get(TEMPLATES).get_json()["items"]] == [template_id]
    held = staff.get("/admin/api/v1/coupons", template_id=template_id).get_json()["items"]
    assert [(c["way"], c["status"]) for c in held] == [("public", "available")]
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    verbs = [action.partition(".")[2] for action in actions]
    assert verbs == ["create", "update", "update", "create", "delete"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_fen": None},
        {"kind": "percent"},
        {"kind": "percent", "amount_fen": None, "off_bp": 10_000},
        {"cap_fen": 5},
        {"kind": "exchange", "amount_fen": None},
        {"valid_days": None},
        {"valid_from": "2030-01-01T00:00:00Z", "valid_to": "2030-02-01T00:00:00Z"},
        {
            "valid_days": None,
            "valid_from": "2030-02-01T00:00:00Z",
            "valid_to": "2030-02-01T00:00:00Z",
        },
        {"claim_from": "2030-02-01T00:00:00Z", "claim_to": "2030-01-01T00:00:00Z"},
        {"per_user_limit": 0},
        {"scope": {"only": {"sku_id": ["1"]}}},
    ],
)
def test_templates_that_make_no_sense(staff: Http, wrong: dict[str, Any]) -> None:
    assert refusal(staff.post(TEMPLATES, terms(**wrong))) == (422, "validation_failed")


def test_a_scope_names_goods_that_exist(staff: Http) -> None:
    gone = {"excluded": {"brand_ids": ["9223372036854775807"]}}
    assert refusal(staff.post(TEMPLATES, terms(scope=gone))) == (422, "goods_unknown")
    template_id = staff.post(TEMPLATES, terms()).get_json()["id"]
    refused = staff.put(f"{TEMPLATES}/{template_id}", terms(scope=gone))
    assert refusal(refused) == (422, "goods_unknown")


def test_a_coupon_expires_and_is_announced_once(http: Http, work: Callable[[], None]) -> None:
    user_id, token = make_shopper()
    coupon_id, fresh = make_coupon(user_id), make_coupon(user_id, valid_days=2)
    heard: list[int] = []
    hear = Subscription("test.hear", CouponExpiringSoon, lambda _, e: heard.append(e.coupon_id))
    with installed(lambda mall: mall.add(HANDLERS, hear)):
        jobs.warn_of_expiry()
        work()
        assert heard == [], f"{fresh} has its whole short life before it"
        older(coupon_id, 5)
        jobs.warn_of_expiry()
        jobs.warn_of_expiry()
        work()
    assert heard == [coupon_id]
    assert tabs(http.as_(token)) == {"usable": 2, "used": 0, "expired": 0}
    older(coupon_id, 3)
    assert tabs(http.as_(token)) == {"usable": 1, "used": 0, "expired": 1}


def older(coupon_id: int, days: int) -> None:
    with transaction() as session:
        session.execute(
            text(
                "UPDATE coupons SET valid_from = valid_from - make_interval(days => :days),"
                " expires_at = expires_at - make_interval(days => :days) WHERE id = :id"
            ),
            {"days": days, "id": coupon_id},
        )


def test_coupons_are_paged(http: Http) -> None:
    user_id, token = make_shopper()
    made = [str(make_coupon(user_id)) for _ in range(3)]
    me = http.as_(token)
    first = me.get("/api/v1/coupons", limit=2).get_json()
    rest = me.get("/api/v1/coupons", limit=2, cursor=first["next_cursor"]).get_json()
    assert [c["id"] for c in (*first["items"], *rest["items"])] == made[::-1]
    assert rest["next_cursor"] is None
    assert coupon_of(int(made[0])).user_id == user_id
    assert db.session.scalars(select(Coupon.way)).all() == ["reward"] * 3


def test_the_window_of_coupons_is_open_without_login(http: Http, me: Http) -> None:
    template_id = make_template()
    assert claim(me, template_id).status_code == 201
    (shown,) = http.get("/api/v1/coupon-templates").get_json()["items"]
    assert (shown["template"]["id"], shown["mine"], shown["can_claim"]) == (
        str(template_id),
        0,
        True,
    )
    stale = http.as_("no-such-token").get("/api/v1/coupon-templates")
    assert stale.status_code == 401, "who means to be known isn't shown a stranger's window"


@pytest.mark.parametrize("end", ["valid_to", "claim_to"])
def test_a_template_whose_time_is_over_is_refused(staff: Http, end: str) -> None:
    over = {"valid_days": None, "valid_from": moment(-9), "valid_to": moment(9)}
    body = terms(**{**over, "claim_from": moment(-9), end: moment(-1)})
    refused = staff.post(TEMPLATES, body)
    assert (refused.status_code, refused.get_json()["error"]["param"]) == (422, end)
    kept = {**body, end: moment(1)}
    made = staff.post(TEMPLATES, kept).get_json()
    with transaction() as session:
        session.execute(text(f"UPDATE coupon_templates SET {end} = now() - interval '1 day'"))
    stood = {**kept, end: staff.get(f"{TEMPLATES}/{made['id']}").get_json()[end]}
    path = f"{TEMPLATES}/{made['id']}"
    assert staff.put(path, {**stood, "enabled": False}).status_code == 200, "times that stand"
    assert staff.put(path, body).status_code == 422


def test_codes_have_no_signs_that_look_alike() -> None:
    makers = (new_out_trade_no, new_refund_no, new_bill_no)
    drawn = [draw_code(10_000), *(team_code().upper() for _ in range(300))]
    drawn += [maker()[9:] for maker in makers for _ in range(300)]  # behind the letter and the day
    assert set("".join(drawn)).isdisjoint("01OIL")
