"""Prizes over HTTP: a shopper's own, and the desk of staff with its sheets out and in."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.doctor.attention import attention_lists
from mall.kernel.db import db
from mall.prizes.expiring import expire_due
from mall.prizes.settings import CLAIM_DAYS, SHIP_DAYS
from mall.staff.models import AuditEntry
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.messages import now
from tests.support.orders import Buyer, order_of
from tests.support.prizes import (
    ADMIN,
    SHOPPER,
    claimed,
    days_pass,
    due_now,
    make_prize,
    won,
)
from tests.support.shipping import make_paid_order
from tests.support.staff import make_staff

KEYS = ("prizes:read", "prizes:write", "prizes:export", "prizes:ship")


@pytest.fixture
def desk(http: Http) -> Http:
    return http.as_(make_staff(*KEYS))


def mine(http: Http, buyer: Buyer) -> Http:
    return http.as_(buyer.token)


def order(me: Http, claim_id: int, buyer: Buyer, key: str | None = None) -> Any:
    body = {"address_id": str(buyer.address_id)}
    return me.post(f"{SHOPPER}/{claim_id}/order", body, key=key)


def test_my_prizes_and_the_order_of_one(app: Flask, http: Http) -> None:
    rule_id = make_prize()
    buyer, first = won(rule_id)
    _, second = won(rule_id, buyer)
    me = mine(http, buyer)
    page = me.get(SHOPPER, limit=1).get_json()
    assert [one["id"] for one in page["items"]] == [str(second)]
    rest = me.get(SHOPPER, limit=1, cursor=page["next_cursor"]).get_json()
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == ([str(first)], None)
    shown = rest["items"][0]
    assert (shown["name"], shown["units"], shown["state"]) == ("马克杯", 1, "waiting_address")
    assert (shown["order_no"], shown["order_status"], shown["end_reason"]) == (None, None, "")
    made = order(me, first, buyer, key="a" * 32)
    assert (made.status_code, made.get_json()["status"]) == (201, "paid")
    assert order(me, first, buyer, key="a" * 32).get_json() == made.get_json()
    assert error_code(order(me, first, buyer)) == "prize_state_conflict"
    shown = me.get(f"{SHOPPER}/{first}").get_json()
    assert (shown["state"], shown["order_status"]) == ("ordered", "paid")
    assert shown["order_no"] == made.get_json()["order_no"]
    due_now(second)
    assert error_code(order(me, second, buyer)) == "prize_claim_over"
    assert error_code(me.get(f"{SHOPPER}/999999")) == "prize_not_found"
    unknown = {"address_id": "999999"}
    _, third = won(rule_id, buyer)
    assert error_code(me.post(f"{SHOPPER}/{third}/order", unknown)) == "not_found"
    check_invariants()


def test_the_desk_lists_by_what_is_to_be_done(app: Flask, desk: Http) -> None:
    rule_id = make_prize()
    late = claimed(rule_id)
    days_pass(SHIP_DAYS.get())
    fresh, sent, waiting = claimed(rule_id), claimed(rule_id), won(rule_id)
    over = won(rule_id)[1]
    due_now(over)
    expire_due()
    dropped = won(rule_id)[1]
    canceled = desk.post(f"{ADMIN}/{dropped}/cancellation", {"reason": "刷奖"}).get_json()
    assert (canceled["state"], canceled["end_reason"]) == ("canceled", "刷奖")
    upload(app, desk, [("订单号", "快递公司", "运单号"), (sent[2], "ZTO", "Z200001")])
    wanted = {
        "waiting_address": [waiting[1]],
        "to_ship": [fresh[1], late[1]],
        "overdue": [late[1]],
        "shipped": [sent[1]],
        "completed": [],
        "expired": [over],
        "canceled": [dropped],
        "taken_back": [],
    }
    for state, claim_ids in wanted.items():
        listed = desk.get(ADMIN, state=state).get_json()["items"]
        assert [int(one["id"]) for one in listed] == claim_ids, state
    assert len(desk.get(ADMIN).get_json()["items"]) == 6
    assert error_code(desk.get(ADMIN, state="nowhere")) == "validation_failed"
    named = {one.of.name: one.rows for one in attention_lists()}
    assert [row["id"] for row in named["overdue_prizes"]] == [late[1]]
    assert named["unclaimed_prizes"] == []
    days_pass(CLAIM_DAYS.get() - 1)
    named = {one.of.name: one.rows for one in attention_lists()}
    assert [row["id"] for row in named["unclaimed_prizes"]] == [waiting[1]]


def test_names_and_phones_are_masked(app: Flask, desk: Http) -> None:
    _, claim_id, _ = claimed(make_prize())
    one = desk.get(f"{ADMIN}/{claim_id}").get_json()
    assert one["receiver"].endswith("**")
    assert one["receiver_phone"] == "138****5678"
    listed = desk.get(ADMIN).get_json()["items"]
    assert listed == [one]
    assert error_code(desk.get(f"{ADMIN}/999999")) == "prize_not_found"


def test_staff_put_a_deadline_off(app: Flask, desk: Http) -> None:
    _, claim_id = won(make_prize())
    until = now() + timedelta(days=60)
    path = f"{ADMIN}/{claim_id}/deadline"
    assert desk.put(path, {"until": until.isoformat()}).status_code == 200
    sooner = {"until": (until - timedelta(days=1)).isoformat()}
    assert error_code(desk.put(path, sooner)) == "prize_deadline_invalid"


def test_each_needs_its_own_permission(app: Flask, http: Http) -> None:
    body = {"reason": "x"}
    for key, allowed in (("prizes:read", 0), ("prizes:write", 1), ("prizes:export", 2)):
        staff = http.as_(make_staff(key))
        answers = [
            staff.get(ADMIN),
            staff.post(f"{ADMIN}/999999/cancellation", body),
            staff.get(f"{ADMIN}/sheet"),
        ]
        refused = [answer.status_code == 403 for answer in answers]
        assert refused == [place != allowed for place in range(3)]


def sheet(desk: Http, kind: str = "csv") -> list[list[str]]:
    answer = desk.get(f"{ADMIN}/sheet", format=kind)
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


def upload(app: Flask, desk: Http, rows: Any, **form: str) -> list[tuple[str, str]]:
    """Send a sheet in: (state, reason) of each row."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    data = {"file": (io.BytesIO(text.getvalue().encode("utf-8-sig")), "prizes.csv"), **form}
    headers = {"Authorization": f"Bearer {desk.token}"}
    with app.app_context(), app.test_client() as client:
        answer = client.post(f"{ADMIN}/shipments", data=data, headers=headers)
    assert answer.status_code == 200, answer.get_json()
    return [(row["state"], row["reason"]) for row in answer.get_json()["results"]]


def test_the_sheet_that_goes_out_comes_back_with_numbers(app: Flask, desk: Http) -> None:
    rule_id = make_prize(units=20, count=2)
    orders = [claimed(rule_id)[2] for _ in range(3)]
    won(rule_id)
    header, *rows = sheet(desk)
    assert [row[0].strip("'\t") for row in rows] == orders
    first = dict(zip(header, rows[0], strict=True))
    assert (first["商品"], first["件数"]) == ("马克杯", "2")
    assert "13812345678" in first["电话"]
    assert first["地址"]
    filled = [header]
    for place, row in enumerate(rows):
        filled.append([row[0], "ZTO", f"Z30000{place}", *row[3:]])
    filled[3][1] = "没有这家"
    strange = make_paid_order(1).order_no
    filled.append([strange, "ZTO", "Z300009", *[""] * (len(header) - 3)])
    dry = upload(app, desk, filled, dry_run="true")
    assert [state for state, _ in dry] == ["shipped", "shipped", "refused", "refused"]
    assert {order_of(one).status for one in orders} == {"paid"}
    done = upload(app, desk, filled)
    assert done == dry
    assert done[3] == ("refused", "不是奖品订单")
    assert [order_of(one).status for one in orders] == ["shipped", "shipped", "paid"]
    assert order_of(strange).status == "paid"
    again = upload(app, desk, filled)
    assert [state for state, _ in again] == ["already", "already", "refused", "refused"]
    assert [row[0].strip("'\t") for row in sheet(desk)[1:]] == orders[2:]
    assert sheet(desk, "csv")
    assert desk.get(f"{ADMIN}/sheet", format="xlsx").get_data()[:2] == b"PK"
    actions = list(db.session.scalars(select(AuditEntry.action)))
    assert actions.count("prize.export") == 4
    check_invariants()
