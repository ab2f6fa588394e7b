"""Codes of third parties: imports, delivery, what is shown to whom, expiry, replacement."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import utc_now
from mall.kernel.db import db, transaction
from mall.points.exchange.codes.queries import masked
from mall.points.exchange.errors import ExchangeSoldOut
from mall.points.exchange.items.saving import end_item
from tests.support.exchange import (
    add_codes,
    code_statuses,
    deliver,
    exchanged,
    make_code_item,
    make_item,
    make_rich_buyer,
    stock_of,
    sweep,
)
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer, order_of
from tests.support.points import figures
from tests.support.staff import make_staff

ONE, TWO, THREE = "VIP-2026-0001", "VIP-2026-0002", "VIP-2026-0003"
ITEMS = "/admin/api/v1/exchange-items"


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_rich_buyer(1_000)


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("exchange:read", "exchange:write", "code:write", "code:reveal"))


def imported(staff: Http, item: int, *codes: str, **more: Any) -> dict[str, Any]:
    body = {"name": "十一月", "codes": list(codes), **more}
    answer = staff.post(f"{ITEMS}/{item}/codes", body)
    assert answer.status_code == 200, answer.get_json()
    shown: dict[str, Any] = answer.get_json()
    return shown


def by_sheet(staff: Http, item: int, csv: str, **form: str) -> Any:
    with staff.app.app_context(), staff.app.test_client() as client:
        return client.post(
            f"{ITEMS}/{item}/codes/sheet",
            headers={"Authorization": f"Bearer {staff.token}", "Idempotency-Key": uuid.uuid4().hex},
            data={"name": "一批", **form, "file": (BytesIO(csv.encode()), "codes.csv")},
        )


def test_a_batch_is_tried_then_imported_and_its_repeat_changes_nothing(staff: Http) -> None:
    item = make_code_item()
    dry = imported(staff, item, ONE, TWO, ONE, dry_run=True)
    duplicate = {"line": 3, "field": "code", "reason": "与前面的行重复"}
    assert dry == {"rows": 3, "new": 2, "batch_id": None, "duplicates": [duplicate], "faults": []}
    assert stock_of(item) == (0, 0)
    done = imported(staff, item, ONE, TWO, ONE)
    assert (done["new"], done["duplicates"], stock_of(item)) == (2, [duplicate], (2, 0))
    again = imported(staff, item, ONE, TWO)
    assert (again["new"], again["batch_id"], len(again["duplicates"])) == (0, None, 2)
    assert stock_of(item) == (2, 0)
    other = make_code_item()
    assert imported(staff, other, ONE, THREE)["new"] == 1, "once in the shop"
    (batch,) = staff.get(f"{ITEMS}/{item}/code-batches").get_json()["items"]
    assert (batch["codes"], batch["free"]) == (2, 2)
    assert error_code(staff.put(f"{ITEMS}/{item}/stock", {"stock": 9})) == "exchange_stock_is_codes"
    goods = make_item()
    refused = staff.post(f"{ITEMS}/{goods}/codes", {"name": "x", "codes": [ONE]})
    assert error_code(refused) == "exchange_no_codes"


def test_a_sheet_goes_in_as_a_whole_or_not_at_all(staff: Http) -> None:
    item = make_code_item()
    wrong = f"兑换码,有效期至\n{ONE},2031-01-01\n,2031-01-01\n{TWO},明天\n{THREE},2020-01-01\n"
    report = by_sheet(staff, item, wrong).get_json()
    assert [(one["line"], one["field"]) for one in report["faults"]] == [
        *((3, "兑换码"), (4, "有效期至"), (5, "expires_at")),
    ]
    assert (report["rows"], report["batch_id"], stock_of(item)) == (4, None, (0, 0))
    good = f"兑换码,有效期至\n{ONE},2031/01/01\n{TWO},\n"
    assert by_sheet(staff, item, good, dry_run="true").get_json()["new"] == 2
    assert stock_of(item) == (0, 0)
    done = by_sheet(staff, item, good + "\n").get_json()
    assert (done["new"], stock_of(item)) == (2, (2, 0))
    assert error_code(by_sheet(staff, item, "别的\n1\n")) == "sheet_unreadable"
    assert error_code(by_sheet(staff, item, good, dry_run="maybe")) == "validation_failed"


def test_codes_are_sealed_masked_and_in_clear_for_the_owner_alone(
    http: Http, staff: Http, buyer: Buyer
) -> None:
    item = make_code_item(ONE)
    order_no = exchanged(buyer, item).order_no
    me, path = http.as_(buyer.token), f"/api/v1/points-mall/orders/{order_no}/code"
    assert error_code(me.get(path)) == "exchange_not_delivered"
    deliver(order_no)
    deliver(order_no)
    answer = me.get(path)
    assert answer.get_json()["code"] == ONE
    assert answer.headers["Cache-Control"] == "no-store"
    assert order_of(order_no).status == "completed"
    with transaction() as session:
        stored = session.execute(text("SELECT sealed, seen_at FROM exchange_codes")).one()
        trail = session.scalars(text("SELECT after::text FROM audit_entries")).all()
    assert ONE.encode() not in bytes(stored.sealed)
    assert stored.seen_at is not None
    assert ONE not in "".join(filter(None, trail))
    (listed,) = staff.get(f"{ITEMS}/{item}/codes").get_json()["items"]
    assert (listed["masked"], listed["order_no"]) == ("****0001", order_no)
    reveal = f"/admin/api/v1/exchange-codes/{listed['id']}/reveal"
    clerk = http.as_(make_staff("exchange:read", "code:write", username="clerk"))
    assert clerk.post(reveal).status_code == 403
    shown = staff.post(reveal)
    assert (shown.get_json()["code"], shown.headers["Cache-Control"]) == (ONE, "no-store")
    with transaction() as session:
        asked = "SELECT count(*) FROM audit_entries WHERE action = 'exchange_code.reveal'"
        assert session.scalar(text(asked)) == 1


def test_masking_shows_nothing_of_a_short_code() -> None:
    assert [masked(code) for code in ("123456789", "1234567890")] == ["****", "****7890"]


def test_that_which_expires_first_goes_first_and_what_expires_too_soon_not_at_all(
    staff: Http, buyer: Buyer
) -> None:
    item = make_code_item(ONE)
    soon = (utc_now() + timedelta(days=9)).date().isoformat()
    imported(staff, item, TWO, expires_on=soon)
    too_soon = utc_now().date().isoformat()
    report = imported(staff, item, THREE, expires_on=too_soon)
    assert [one["reason"] for one in report["faults"]] == ["已过期或即将过期"]
    deliver(exchanged(buyer, item).order_no)
    assert code_statuses(item) == ["free", "delivered"]
    expire(item)
    sweep("exchange.expire_codes")
    assert (code_statuses(item), stock_of(item)) == (["expired", "delivered"], (0, 1))
    with pytest.raises(ExchangeSoldOut):
        exchanged(buyer, item)


def test_an_order_whose_code_has_gone_is_refunded(http: Http, buyer: Buyer) -> None:
    """The last code expires between the exchange and its delivery."""
    item = make_code_item(ONE)
    order_no = exchanged(buyer, item).order_no
    expire(item)
    deliver(order_no)
    assert (order_of(order_no).status, figures(buyer.user_id)) == ("closed", (1_000, 0, 0, 0))
    assert (code_statuses(item), stock_of(item)) == (["expired"], (0, 0))
    read = http.as_(buyer.token).get(f"/api/v1/points-mall/orders/{order_no}/code")
    assert error_code(read) == "exchange_code_not_found", "none will come"


def test_staff_replace_a_code_once(http: Http, staff: Http, buyer: Buyer) -> None:
    item = make_code_item(ONE, TWO, THREE)
    order_no = exchanged(buyer, item).order_no
    path, body = f"/admin/api/v1/orders/{order_no}/code-replacement", {"reason": "无法使用"}
    assert error_code(staff.post(path, body)) == "exchange_code_not_found"
    deliver(order_no)
    assert staff.post(path, body).status_code == 201
    assert (code_statuses(item), stock_of(item)) == (["replaced", "delivered", "free"], (1, 1))
    assert error_code(staff.post(path, body)) == "exchange_code_replaced"
    own = http.as_(buyer.token).get(f"/api/v1/points-mall/orders/{order_no}/code").get_json()
    assert (own["code"], own["is_replacement"]) == (TWO, True)
    with transaction() as session:
        kept = session.execute(text("SELECT reason, staff_id FROM exchange_code_replacements"))
        assert [(row.reason, row.staff_id is not None) for row in kept] == [("无法使用", True)]


@pytest.mark.parametrize("ended", [False, True])
def test_a_code_that_another_order_awaits_replaces_none(
    staff: Http, buyer: Buyer, ended: bool
) -> None:
    item = make_code_item(ONE, TWO)
    first, second = (exchanged(buyer, item).order_no for _ in range(2))
    if ended:
        end_item(item)
    deliver(first)
    path = f"/admin/api/v1/orders/{first}/code-replacement"
    assert error_code(staff.post(path, {"reason": "坏"})) == "exchange_codes_gone"
    deliver(second)
    assert code_statuses(item) == ["delivered", "delivered"]


def test_a_code_that_is_left_of_an_item_that_ended_can_replace_one(
    staff: Http, buyer: Buyer
) -> None:
    item = make_code_item(ONE, TWO)
    order_no = exchanged(buyer, item).order_no
    deliver(order_no)
    end_item(item)
    path = f"/admin/api/v1/orders/{order_no}/code-replacement"
    assert staff.post(path, {"reason": "坏"}).status_code == 201
    assert code_statuses(item) == ["replaced", "delivered"]


def test_codes_that_nobody_got_go_in_again_when_staff_say_so(staff: Http, buyer: Buyer) -> None:
    """Of an item that ended, by a wrong date, or withdrawn by mistake; never one that was given."""
    old, new = make_code_item(), make_code_item()
    batch = add_codes(old, ONE, TWO)
    imported(staff, old, THREE)
    deliver(exchanged(buyer, old).order_no)
    assert code_statuses(old) == ["delivered", "free", "free"]
    withdraw(staff, batch)
    expire(old)
    sweep("exchange.expire_codes")
    end_item(old)
    assert imported(staff, new, ONE, TWO, THREE)["new"] == 0
    assert imported(staff, new, ONE, TWO, THREE, restore=True, dry_run=True)["new"] == 2
    assert stock_of(new) == (0, 0)
    csv = f"兑换码\n{ONE}\n{TWO}\n{THREE}\n"
    done = by_sheet(staff, new, csv, restore="true").get_json()
    assert (done["new"], [one["line"] for one in done["duplicates"]]) == (2, [2])
    assert (stock_of(new), code_statuses(new), code_statuses(old)) == (
        (2, 0),
        ["free", "free"],
        ["delivered"],
    )
    assert imported(staff, new, ONE, TWO, THREE, restore=True)["new"] == 0
    deliver(exchanged(buyer, new).order_no)
    assert code_statuses(new) == ["delivered", "free"]


def test_a_batch_is_withdrawn_but_for_what_was_delivered(staff: Http, buyer: Buyer) -> None:
    item = make_code_item()
    batch = add_codes(item, ONE, TWO)
    add_codes(item, THREE)
    deliver(exchanged(buyer, item).order_no)
    assert [withdraw(staff, batch) for _ in range(2)] == [{"codes": 1}, {"codes": 0}]
    assert (code_statuses(item), stock_of(item)) == (["delivered", "withdrawn", "free"], (1, 1))
    wrong = staff.post("/admin/api/v1/exchange-code-batches/999/withdrawal")
    assert error_code(wrong) == "exchange_batch_not_found"


def withdraw(staff: Http, batch: int | None) -> Any:
    return staff.post(f"/admin/api/v1/exchange-code-batches/{batch}/withdrawal").get_json()


def expire(item: int) -> None:
    """The item's free codes end in an hour."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE exchange_codes SET expires_at = now() + interval '1 hour'"
                " WHERE item_id = :item AND status = 'free'"
            ),
            {"item": item},
        )
    db.session.rollback()
