"""The counter over HTTP: a shopper's code, the coupon redeemed by it, and undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.coupons.counter.errors import CounterAmountInvalid, CounterBelowThreshold
from mall.coupons.counter.jobs import forget_counter_codes
from mall.coupons.counter.models import CounterCode
from mall.coupons.counter.redeeming import off_of
from mall.coupons.models import CouponTemplate
from mall.kernel.db import transaction
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.shipping.errors import PickupPointInUse
from mall.shipping.points import remove_point
from mall.staff.models import AuditEntry
from mall.users.closing import close_account
from tests.support.catalog import make_sku
from tests.support.counter import counter_code, counter_coupon, make_counter_clerks
from tests.support.coupons import coupon_of, make_coupon
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants, rows_of
from tests.support.orders import make_buyer, make_goods
from tests.support.staff import make_staff
from tests.support.till import Clerk
from tests.support.users import make_shopper

COUNTER = "/admin/api/v1/counter/redemptions"


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def clerk(app: Flask) -> Clerk:
    return make_counter_clerks(1)[0]


@pytest.fixture
def till(http: Http, clerk: Clerk) -> Http:
    return http.as_(clerk.token)


@pytest.fixture
def shopper(app: Flask) -> int:
    return make_shopper()[0]


def ask(till: Http, clerk: Clerk, code: str, goods_fen: object = 5_000, **more: object) -> Any:
    """Staff redeem: (status, error code or answer)."""
    body = {"code": code, "point_id": str(clerk.point_id), "goods_fen": goods_fen, **more}
    answer = till.post(COUNTER, body)
    ok = answer.status_code == 201
    return answer.status_code, answer.get_json() if ok else error_code(answer)


def undo(till: Http, redemption_id: object) -> Any:
    answer = till.post(f"{COUNTER}/{redemption_id}/undo", {"reason": "扫错了"})
    return answer.get_json() if answer.status_code == 200 else error_code(answer)


def test_a_coupon_is_redeemed_by_its_code_and_undone(http: Http, till: Http, clerk: Clerk) -> None:
    user_id, token = make_shopper()
    coupon_id = counter_coupon(user_id)
    me = http.as_(token)
    drawn = me.post(f"/api/v1/coupons/{coupon_id}/counter-codes").get_json()
    assert (len(drawn["code"]), drawn["code"][:2], drawn["ttl_s"]) == (18, "98", 60)
    status, done = ask(till, clerk, drawn["code"], 5_000, receipt_no="0042")
    assert (status, done["off_fen"], done["receipt_no"], done["coupon_id"]) == (
        *(201, 500),
        *("0042", str(coupon_id)),
    )
    used = me.get("/api/v1/coupons", tab="used").get_json()["items"]
    assert [(one["id"], one["status"]) for one in used] == [(str(coupon_id), "redeemed")]
    assert error_code(me.post(f"/api/v1/coupons/{coupon_id}/counter-codes")) == "coupon_not_usable"
    listed = till.get(COUNTER, coupon_id=str(coupon_id)).get_json()["items"]
    assert [one["id"] for one in listed] == [done["id"]]
    assert "code_hash" not in listed[0]

    undone = undo(till, done["id"])
    assert undone["undone_reason"] == "扫错了"
    assert undo(till, done["id"]) == "redemption_undone"
    assert coupon_of(coupon_id).status == "available"
    assert ask(till, clerk, counter_code(user_id, coupon_id))[0] == 201, "it can be used again"
    with transaction() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-3:] == ["coupon.redeem", "coupon.undo_redemption", "coupon.redeem"]


@pytest.mark.parametrize(
    ("terms", "goods_fen", "off_fen"),
    [
        ({"kind": "amount", "amount_fen": 500, "threshold_fen": 2_000}, 2_000, 500),
        ({"kind": "amount", "amount_fen": 500}, 300, 300),
        ({"kind": "percent", "off_bp": 1_500}, 3_333, 499),
        ({"kind": "percent", "off_bp": 1_500, "cap_fen": 100}, 3_333, 100),
        ({"kind": "exchange"}, None, None),
    ],
)
def test_what_comes_off(terms: dict[str, Any], goods_fen: int | None, off_fen: int | None) -> None:
    template = CouponTemplate(**{"threshold_fen": 0, **terms})
    assert off_of(template, goods_fen) == off_fen


@pytest.mark.parametrize(
    ("terms", "goods_fen", "refusal"),
    [
        ({"kind": "amount", "amount_fen": 500, "threshold_fen": 2_000}, 1_999, "threshold"),
        ({"kind": "percent", "off_bp": 1}, 9_999, "threshold"),
        ({"kind": "amount", "amount_fen": 500}, None, "amount"),
        ({"kind": "exchange"}, 100, "amount"),
    ],
)
def test_what_is_refused_of_an_amount(
    terms: dict[str, Any], goods_fen: int | None, refusal: str
) -> None:
    template = CouponTemplate(**{"threshold_fen": 0, **terms})
    refusals = {"threshold": CounterBelowThreshold, "amount": CounterAmountInvalid}
    with pytest.raises(refusals[refusal]):
        off_of(template, goods_fen)


def test_an_exchange_coupon_gives_a_unit_and_has_no_amount(
    till: Http, clerk: Clerk, shopper: int
) -> None:
    scope = {"only": {"sku_ids": [str(make_sku(1_000))]}}
    terms = {"kind": "exchange", "amount_fen": None, "threshold_fen": 0, "scope": scope}
    coupon_id = counter_coupon(shopper, **terms)
    code = counter_code(shopper, coupon_id)
    assert ask(till, clerk, code, 1_000) == (422, "counter_amount_invalid")
    status, done = ask(till, clerk, code, None)
    assert (status, done["goods_fen"], done["off_fen"]) == (201, None, None)


def test_what_is_refused_leaves_the_code_to_be_used(till: Http, clerk: Clerk, shopper: int) -> None:
    code = counter_code(shopper, counter_coupon(shopper))
    assert ask(till, clerk, code, 1_999) == (409, "counter_below_threshold")
    assert ask(till, clerk, code, 2_000)[0] == 201


def test_a_code_is_used_once_ends_after_a_minute_and_only_the_newest_counts(
    till: Http, clerk: Clerk, shopper: int
) -> None:
    first, second = counter_coupon(shopper), counter_coupon(shopper)
    old, new = counter_code(shopper, first), counter_code(shopper, second)
    assert ask(till, clerk, old) == (404, "counter_code_unknown")
    assert ask(till, clerk, new)[0] == 201
    assert ask(till, clerk, new) == (409, "counter_code_used")
    late = counter_code(shopper, first)
    with transaction() as session:
        session.execute(text("UPDATE coupon_counter_codes SET expires_at = clock_timestamp()"))
    assert ask(till, clerk, late) == (409, "counter_code_expired")
    assert (coupon_of(first).status, coupon_of(second).status) == ("available", "redeemed")


def test_a_repeated_request_has_one_effect(till: Http, clerk: Clerk, shopper: int) -> None:
    body = {
        "code": counter_code(shopper, counter_coupon(shopper)),
        "point_id": str(clerk.point_id),
        "goods_fen": 5_000,
    }
    first, second = (till.post(COUNTER, body, key="counter-0001") for _ in range(2))
    assert first.get_json() == second.get_json()
    assert first.status_code == 201


def test_only_staff_of_the_point_and_only_with_the_permission(
    http: Http, till: Http, clerk: Clerk, shopper: int
) -> None:
    code = counter_code(shopper, counter_coupon(shopper))
    (other,) = make_counter_clerks(1)
    for token in (other.token, make_staff("*")):
        assert ask(http.as_(token), clerk, code) == (403, "counter_not_here")
    assert ask(http.as_(make_staff("counter:undo")), clerk, code) == (403, "not_permitted")
    _, done = ask(till, clerk, code)
    assert undo(http.as_(other.token), done["id"]) == "counter_not_here"
    assert undo(till, int(done["id"]) + 1) == "redemption_not_found"
    with transaction() as session:
        session.execute(text("UPDATE coupon_redemptions SET day = day - 1"))
    assert undo(till, done["id"]) == "redemption_too_old"


def test_a_closed_an_unknown_and_a_used_point(till: Http, clerk: Clerk, shopper: int) -> None:
    code = counter_code(shopper, counter_coupon(shopper))
    nowhere = Clerk(clerk.staff_id, clerk.token, clerk.point_id + 1)
    assert ask(till, nowhere, code) == (404, "counter_point_unknown")
    assert ask(till, clerk, code)[0] == 201
    with pytest.raises(PickupPointInUse):
        remove_point(clerk.point_id)
    with transaction() as session:
        session.execute(text("UPDATE pickup_points SET is_open = false"))
    again = counter_code(shopper, counter_coupon(shopper))
    assert ask(till, clerk, again) == (409, "counter_point_closed")


def test_whose_coupon_and_which_coupons(http: Http) -> None:
    user_id, token = make_shopper()
    me = http.as_(token)

    def drawn(coupon_id: int) -> Any:
        answer = me.post(f"/api/v1/coupons/{coupon_id}/counter-codes")
        return answer.status_code, error_code(answer)

    assert drawn(counter_coupon(make_shopper()[0])) == (404, "coupon_not_found")
    assert drawn(make_coupon(user_id)) == (409, "coupon_not_at_counter")
    later = {"valid_days": None, "valid_from": "2031-01-01T00:00:00Z"}
    later["valid_to"] = "2032-01-01T00:00:00Z"
    assert drawn(counter_coupon(user_id, **later)) == (409, "coupon_not_usable")


def test_a_coupon_that_ended_after_its_code_was_drawn(
    till: Http, clerk: Clerk, shopper: int
) -> None:
    coupon_id = counter_coupon(shopper)
    code = counter_code(shopper, coupon_id)
    with transaction() as session:
        session.execute(text("UPDATE coupons SET expires_at = clock_timestamp()"))
    assert ask(till, clerk, code) == (409, "coupon_not_usable")


def test_a_coupon_that_an_order_took_after_its_code_was_drawn(till: Http, clerk: Clerk) -> None:
    buyer, sku = make_buyer(), make_goods(20, 3_000)
    coupon_id = counter_coupon(buyer.user_id)
    code, choices = counter_code(buyer.user_id, coupon_id), {"coupons": str(coupon_id)}
    shown = preview(buyer.user_id, {sku: 1}, buyer.address_id, choices).quote
    place_order(buyer.user_id, {sku: 1}, buyer.address_id, shown.payable_fen, choices=choices)
    assert ask(till, clerk, code) == (409, "coupon_not_usable")
    assert coupon_of(coupon_id).status == "locked"


def test_who_leaves_redeems_nothing(till: Http, clerk: Clerk, shopper: int) -> None:
    code = counter_code(shopper, counter_coupon(shopper))
    close_account(shopper)
    assert ask(till, clerk, code)[0] in {404, 409}


def test_freight_coupons_are_for_orders(http: Http) -> None:
    body = {"name": "包邮", "kind": "freight", "way": "public", "valid_days": 7}
    answer = http.as_(make_staff("coupon:write")).post(
        "/admin/api/v1/coupon-templates", {**body, "at_counter": True}
    )
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


def test_old_codes_are_forgotten(till: Http, clerk: Clerk, shopper: int) -> None:
    ask(till, clerk, counter_code(shopper, counter_coupon(shopper)))
    with transaction() as session:
        session.execute(
            text("UPDATE coupon_counter_codes SET expires_at = now() - interval '2 days'")
        )
    forget_counter_codes()
    with transaction() as session:
        assert session.scalars(select(CounterCode.user_id)).all() == []


def test_the_invariant_sees_a_coupon_that_is_redeemed_without_a_redemption(shopper: int) -> None:
    coupon_id = counter_coupon(shopper)
    mark = "UPDATE coupons SET status = '{}', used_at = {} WHERE id = :id"
    with transaction() as session:
        session.execute(text(mark.format("redeemed", "now()")), {"id": coupon_id})
    assert rows_of("I61a")
    with transaction() as session:
        session.execute(text(mark.format("available", "NULL")), {"id": coupon_id})
