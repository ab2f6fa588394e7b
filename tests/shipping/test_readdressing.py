"""An order gets another address before anything of it leaves."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from werkzeug.test import TestResponse

from mall.kernel.db import db, transaction
from mall.orders.closing import close_unpaid
from mall.orders.kinds import ORDER_KINDS, OrderKind
from mall.pricing.quote import Lane
from mall.staff.models import AuditEntry
from mall.users.contacts import Contact
from mall.users.models import Address, Region
from tests.support.features import installed
from tests.support.freight import make_freight_template, make_point, order_to_collect, zone
from tests.support.http import Http, error_code
from tests.support.orders import make_buyer
from tests.support.shipping import TestOrder, make_paid_order, place_test_order
from tests.support.staff import make_staff
from tests.support.users import WEST_LAKE, make_regions

LHASA, UPPER_CITY = "540102", "330102"
REGIONS = [
    (UPPER_CITY, 3, "上城区", "330100"),
    ("540000", 1, "西藏自治区", None),
    ("540100", 2, "拉萨市", "540000"),
    (LHASA, 3, "城关区", "540100"),
]
NEW = {
    "receiver": "李四",
    "phone": "13900001111",
    "region_code": UPPER_CITY,
    "detail": "中山中路 2 号",
}


@pytest.fixture
def clerk(app: Flask, http: Http) -> Http:
    make_regions()
    with transaction() as session:
        names = ("code", "level", "name", "parent_code")
        rows = [dict(zip(names, row, strict=True)) for row in REGIONS]
        session.execute(insert(Region).on_conflict_do_nothing(), rows)
    return http.as_(make_staff("order:address", "order:read", "order:ship", username="xiaowang"))


def readdress(clerk: Http, order_no: str, **change: Any) -> TestResponse:
    body = {**NEW, "reason": "买家写错地址", **change}
    return clerk.put(f"/admin/api/v1/orders/{order_no}/address", body)


def readdressed(clerk: Http, order_no: str, **change: Any) -> dict[str, Any]:
    answer = readdress(clerk, order_no, **change)
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def shown(http: Http, order: TestOrder) -> dict[str, Any]:
    body: dict[str, Any] = http.as_(order.token).get(f"/api/v1/orders/{order.order_no}").get_json()
    return body


def on_record() -> list[AuditEntry]:
    with transaction() as session:
        query = select(AuditEntry).where(AuditEntry.action == "order.readdress")
        return list(session.scalars(query.order_by(AuditEntry.id)))


@pytest.mark.parametrize("paid", [True, False])
def test_the_order_goes_elsewhere_at_the_same_price(clerk: Http, http: Http, paid: bool) -> None:
    order = make_paid_order(1) if paid else place_test_order(1)
    before = shown(http, order)
    assert readdressed(clerk, order.order_no, dry_run=True)["changed"] is False
    assert shown(http, order) == before
    found = readdressed(clerk, order.order_no)
    assert (found["changed"], found["dearer_fen"]) == (True, 0)
    after = shown(http, order)
    assert after["address"] == {**NEW, "region_names": "浙江省 杭州市 上城区"}
    assert after["payable_fen"] == before["payable_fen"]
    assert readdressed(clerk, order.order_no)["changed"] is False, "again is the same"
    assert len(on_record()) == 1


def test_what_is_on_record_is_masked(clerk: Http) -> None:
    readdressed(clerk, make_paid_order(1).order_no)
    [entry] = on_record()
    assert (entry.actor, entry.before, entry.after) == (
        "xiaowang",
        {
            "receiver": "张**",
            "receiver_phone": "138****5678",
            "region_names": "浙江省 杭州市 西湖区",
            "detail_address": "文**",
        },
        {
            "receiver": "李**",
            "receiver_phone": "139****1111",
            "region_names": "浙江省 杭州市 上城区",
            "detail_address": "中**",
            "reason": "买家写错地址",
            "dearer_fen": 0,
        },
    )


def test_dearer_freight_is_shown_and_accepted_for_the_shop(clerk: Http, http: Http) -> None:
    make_freight_template(zone(), zone("540000", first_fen=2500), is_default=True)
    order = make_paid_order(1)
    dry = readdressed(clerk, order.order_no, region_code=LHASA, dry_run=True)
    assert (dry["freight_fen"], dry["new_freight_fen"], dry["dearer_fen"]) == (800, 2500, 1700)
    refused = readdress(clerk, order.order_no, region_code=LHASA)
    assert error_code(refused) == "freight_dearer"
    assert "17.00" in refused.get_json()["error"]["message"]
    done = readdressed(clerk, order.order_no, region_code=LHASA, accept_dearer_freight=True)
    assert done["changed"]
    after = shown(http, order)
    assert (after["freight_fen"], after["payable_fen"]) == (800, order.payable_fen)
    back = readdressed(clerk, order.order_no, region_code=WEST_LAKE)
    assert (back["new_freight_fen"], back["dearer_fen"]) == (800, 0)


def test_where_nothing_is_sent_is_refused(clerk: Http, http: Http) -> None:
    make_freight_template(zone(), zone("540000", deliverable=False), is_default=True)
    order = make_paid_order(1)
    for dry_run in (True, False):
        refused = readdress(clerk, order.order_no, region_code=LHASA, dry_run=dry_run)
        assert error_code(refused) == "undeliverable"
    assert error_code(readdress(clerk, order.order_no, region_code="540103")) == "unknown_region"
    assert shown(http, order)["address"]["region_code"] == WEST_LAKE


def test_in_the_same_district_todays_freight_isnt_asked(clerk: Http) -> None:
    order = make_paid_order(1)
    make_freight_template(zone(deliverable=False), is_default=True)
    found = readdressed(clerk, order.order_no, region_code=WEST_LAKE)
    assert (found["changed"], found["dearer_fen"]) == (True, 0)


def test_what_has_left_or_is_collected_keeps_its_address(clerk: Http) -> None:
    parted, closed = make_paid_order(2), place_test_order(1)
    parcel = {
        "carrier_code": "ZTO",
        "tracking_no": "A0001",
        "lines": [{"line_id": str(parted.line_ids[0]), "quantity": 1}],
    }
    sent = clerk.post(f"/admin/api/v1/orders/{parted.order_no}/shipments", parcel)
    assert sent.status_code == 201
    with transaction() as session:
        assert close_unpaid(session, closed.order_no, "shopper")
    collected, _ = order_to_collect(make_buyer(), make_point())
    for order_no, code in (
        (parted.order_no, "address_fixed"),
        (closed.order_no, "address_fixed"),
        (collected, "address_not_needed"),
        ("2" * 20, "order_not_found"),
    ):
        assert error_code(readdress(clerk, order_no)) == code
    assert on_record() == []


def test_the_kind_says_whether_freight_and_an_address_matter(clerk: Http) -> None:
    make_freight_template(zone(), zone("540000", deliverable=False), is_default=True)
    free = OrderKind("carried", "自有物流", lanes=frozenset({Lane.ACTIVITY}))
    virtual = OrderKind("virtual", "虚拟商品", needs_address=False)
    with installed(lambda mall: mall.add(ORDER_KINDS, free, virtual)):
        for kind, code in ((free, None), (virtual, "address_not_needed")):
            order = make_paid_order(1)
            be_of_kind(order, kind)
            answer = readdress(clerk, order.order_no, region_code=LHASA)
            assert (error_code(answer) if code else answer.get_json()["changed"]) == (code or True)


def be_of_kind(order: TestOrder, kind: OrderKind) -> None:
    values = {"kind": kind.name, "id": order.id}
    db.session.execute(text("UPDATE orders SET kind = :kind WHERE id = :id"), values)
    db.session.commit()


def test_what_must_be_said_and_who_may(clerk: Http, http: Http) -> None:
    order = make_paid_order(1)
    for change in ({"phone": "1"}, {"reason": ""}, {"is_default": True}, {"receiver": " "}):
        assert error_code(readdress(clerk, order.order_no, **change)) == "validation_failed"
    other = http.as_(make_staff("order:write", "order:read"))
    assert readdress(other, order.order_no).status_code == 403


def own_address(user_id: int, region_code: str) -> str:
    """Another address of the shopper: its id."""
    contact = Contact(NEW["receiver"], NEW["phone"], NEW["detail"])
    with transaction() as session:
        address = Address(
            user_id=user_id,
            region_code=region_code,
            region_names="某地",
            contact_sealed=contact.seal(),
            is_default=False,
        )
        session.add(address)
        session.flush()
        return str(address.id)


def test_a_shopper_chooses_another_of_their_addresses(clerk: Http, http: Http) -> None:
    make_freight_template(zone(), zone("540000", first_fen=2500), is_default=True)
    order = make_paid_order(1)
    shopper = http.as_(order.token)
    path = f"/api/v1/orders/{order.order_no}/address"
    near, far = own_address(order.user_id, UPPER_CITY), own_address(order.user_id, LHASA)
    strange = own_address(make_buyer().user_id, UPPER_CITY)

    dry = shopper.put(path, {"address_id": far, "dry_run": True}).get_json()
    assert (dry["changed"], dry["dearer_fen"]) == (False, 1700)
    assert error_code(shopper.put(path, {"address_id": far})) == "freight_dearer"
    assert error_code(shopper.put(path, {"address_id": strange})) == "not_found"
    assert shopper.put(path, {"address_id": near}).get_json()["changed"]
    assert shown(http, order)["address"]["receiver"] == "李四"
    [entry] = on_record()
    assert entry.after is not None
    assert (entry.actor, entry.after["by"]) == ("system", "shopper")

    stranger = http.as_(make_buyer().token)
    assert error_code(stranger.put(path, {"address_id": near})) == "order_not_found"
    db.session.execute(text("UPDATE orders SET status = 'shipped' WHERE id = :i"), {"i": order.id})
    db.session.commit()
    assert error_code(shopper.put(path, {"address_id": near})) == "address_fixed"
