"""Orders as shoppers and staff read them; the export; what is put on record."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.kernel.sheet_chunks import csv_chunks, xlsx_chunks
from mall.kernel.sheets import neutral
from mall.orders.closing import close_unpaid
from mall.orders.export import HEADER, order_rows
from mall.orders.queries import OrderFilter
from mall.staff.models import AuditEntry
from tests.support.http import Http, error_code
from tests.support.orders import Buyer, buy, make_buyer, make_goods, order_of, pay
from tests.support.servers import LiveServer
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1/orders"


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


def numbers(answer: Any) -> list[str]:
    return [item["order_no"] for item in answer.get_json()["items"]]


def audited(action: str) -> list[AuditEntry]:
    with transaction() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_shopper_pages_through_their_own_orders(http: Http, buyer: Buyer) -> None:
    sku = make_goods(50)
    mine = [buy(buyer, {sku: 1}) for _ in range(5)]
    buy(make_buyer(), {sku: 1})
    me = http.as_(buyer.token)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = me.get("/api/v1/orders", limit=2, **cursor)
        seen += numbers(answer)
        if answer.get_json()["next_cursor"] is None:
            break
        cursor = {"cursor": answer.get_json()["next_cursor"]}
    assert seen == mine[::-1]


def test_a_tab_shows_one_status(http: Http, buyer: Buyer) -> None:
    sku = make_goods(50)
    unpaid, paid, closed = (buy(buyer, {sku: 1}) for _ in range(3))
    pay(paid)
    with transaction() as session:
        close_unpaid(session, closed, "shopper")
    me = http.as_(buyer.token)
    for status, order_no in (("unpaid", unpaid), ("paid", paid), ("closed", closed)):
        assert numbers(me.get("/api/v1/orders", status=status)) == [order_no]
    assert numbers(me.get("/api/v1/orders", status="shipped")) == []


def test_another_shoppers_order_is_not_found(http: Http, buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    other = http.as_(make_buyer().token)
    for path in (order_no, "2601010000000000", "x", "%00", "a" * 300):
        assert other.get(f"/api/v1/orders/{path}").status_code in (400, 404)
    answer = other.get(f"/api/v1/orders/{order_no}")
    assert (answer.status_code, error_code(answer)) == (404, "order_not_found")


def test_staff_filter_orders(app: Flask, http: Http, buyer: Buyer) -> None:
    cup, bowl = make_goods(50), make_goods(50)
    other = make_buyer()
    first, second = buy(buyer, {cup: 1}), buy(other, {cup: 1, bowl: 1})
    pay(second)
    moment = order_of(second).created_at
    clerk = http.as_(make_staff("order:read"))
    for query, expected in (
        ({}, [second, first]),
        ({"status": "paid"}, [second]),
        ({"order_no": first}, [first]),
        ({"user_id": str(buyer.user_id)}, [first]),
        ({"sku_id": str(bowl)}, [second]),
        ({"created_from": moment.isoformat()}, [second]),
        ({"created_to": moment.isoformat()}, [first]),
        ({"created_from": (moment + timedelta(hours=1)).isoformat()}, []),
    ):
        assert numbers(clerk.get(ADMIN, **query)) == expected, query
    page = clerk.get(ADMIN, limit=1).get_json()
    assert numbers(clerk.get(ADMIN, limit=1, cursor=page["next_cursor"])) == [first]
    assert "张三" not in clerk.get(ADMIN).get_data(as_text=True)
    assert http.as_(make_staff("order:write")).get(ADMIN).status_code == 403
    assert http.as_(buyer.token).get(ADMIN).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        {"status": "x"},
        {"order_no": "1' OR '1'='1"},
        {"created_from": "yesterday"},
        {"created_from": "2026-01-01T00:00:00"},
        {"user_id": "-1"},
        {"phone": "13812345678"},
    ],
)
def test_a_bad_filter_is_refused(app: Flask, http: Http, query: dict[str, str]) -> None:
    clerk = http.as_(make_staff("order:read", "order:export"))
    for path in (ADMIN, f"{ADMIN}/export"):
        answer = clerk.get(path, **query)
        assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


def test_opening_an_order_shows_the_address_and_is_on_record(http: Http, buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    clerk = http.as_(make_staff("order:read"))
    shown = clerk.get(f"{ADMIN}/{order_no}").get_json()
    assert shown["address"]["phone"] == "13812345678"
    assert [(x["from_status"], x["to_status"]) for x in shown["history"]] == [(None, "unpaid")]
    assert shown["adjustments"][0]["source"] == "freight:flat"
    assert [entry.target_id for entry in audited("order.open")] == [order_no]
    assert clerk.get(f"{ADMIN}/2601010000000000").status_code == 404


def test_a_note_is_for_staff_and_on_record(http: Http, buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    clerk = http.as_(make_staff("order:read", "order:write"))
    assert clerk.put(f"{ADMIN}/{order_no}/note", {"note": "老客户"}).status_code == 204
    assert clerk.get(f"{ADMIN}/{order_no}").get_json()["staff_note"] == "老客户"
    mine = http.as_(buyer.token).get(f"/api/v1/orders/{order_no}").get_data(as_text=True)
    assert "老客户" not in mine
    entry = audited("order.note")[0]
    assert (entry.before, entry.after) == ({"staff_note": ""}, {"staff_note": "老客户"})
    assert clerk.put(f"{ADMIN}/x/note", {"note": "x"}).status_code == 404
    assert clerk.put(f"{ADMIN}/{order_no}/note", {"note": "x" * 501}).status_code == 422


def test_the_export_has_a_row_for_each_line_and_is_on_record(http: Http, buyer: Buyer) -> None:
    first = buy(buyer, {make_goods(price_fen=1999): 2, make_goods(price_fen=500): 1}, "=1+1")
    second = buy(buyer, {make_goods(): 1}, "@cmd")
    clerk = http.as_(make_staff("order:export"))
    answer = clerk.get(f"{ADMIN}/export", user_id=str(buyer.user_id))
    assert answer.content_type.startswith("text/csv")
    body = answer.get_data(as_text=True)
    assert body.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(body.removeprefix("\ufeff"))))
    assert [row["订单号"] for row in rows] == [f"\t{no}" for no in (second, first, first)]
    assert {row["状态"] for row in rows} == {"待付款"}
    assert [row["单价"] for row in rows[1:]] == ["19.99", "5.00"]
    assert rows[1]["收货人"] == "张三"
    assert [row["买家留言"] for row in rows] == ["'@cmd", "'=1+1", "'=1+1"]
    entry = audited("order.export")[0]
    assert entry.after == {"user_id": buyer.user_id}
    assert http.as_(make_staff("order:read")).get(f"{ADMIN}/export").status_code == 403


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("张三", "张三"),
        ("", ""),
        ("1.00", "1.00"),
    ],
)
def test_no_cell_is_a_formula(cell: str, safe: str) -> None:
    assert neutral(cell) == safe


def test_a_long_export_needs_little_memory(app: Flask, buyer: Buyer) -> None:
    order_no = buy(buyer, {make_goods(): 1})
    with transaction() as session:
        session.execute(
            text(
                """
                WITH copies AS (
                    INSERT INTO orders (order_no, user_id, status, goods_fen, discount_fen,
                        freight_fen, payable_fen, address_sealed, region_code, expires_at)
                    SELECT 'copy' || lpad(n::text, 16, '0'), user_id, status, goods_fen,
                        discount_fen, freight_fen, payable_fen, address_sealed, region_code,
                        expires_at
                    FROM orders, generate_series(1, 5000) n WHERE order_no = :order_no
                    RETURNING id
                )
                INSERT INTO order_lines (order_id, position, sku_id, spu_id, sku_code, name,
                    spec_text, image, price_fen, quantity, total_fen, payable_fen)
                SELECT copies.id, 1, sku_id, spu_id, sku_code, name, spec_text, image, price_fen,
                    quantity, total_fen, payable_fen
                FROM order_lines, copies
                """
            ),
            {"order_no": order_no},
        )
    for write in (csv_chunks, xlsx_chunks):
        read = Counted(order_rows(db.engine, OrderFilter()))
        pieces = write(HEADER, read)
        tracemalloc.start()
        size = len(next(pieces)) + len(next(pieces))
        assert write is xlsx_chunks or read.count <= 2000, "a CSV waits for few rows"
        size += sum(len(piece) for piece in pieces)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert read.count == 5_001
        assert size > 100_000
        assert peak < 4_000_000, peak
    tracemalloc.start()
    held = list(order_rows(db.engine, OrderFilter()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak > 8_000_000, f"{len(held)} rows in memory are told from few by the bound above"


class Counted:
    """Counts the rows that were taken from an iterator."""

    def __init__(self, rows: Iterator[tuple[str, ...]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        for row in self._rows:
            self.count += 1
            yield row


def test_the_export_as_a_workbook_over_a_socket(live_mall: LiveServer, buyer: Buyer) -> None:
    """Sent after the request's context would have ended: the addresses need their key."""
    order_no = buy(buyer, {make_goods(price_fen=1999): 2}, "=1+1 <&>")
    token = make_staff("order:export")
    for kind in ("csv", "xlsx"):
        answer = requests.get(
            f"{live_mall.url}{ADMIN}/export",
            params={"format": kind},
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        assert answer.status_code == 200
        assert f"orders.{kind}" in answer.headers["Content-Disposition"]
    page = load_workbook(io.BytesIO(answer.content)).active
    assert page is not None
    header, row = page.iter_rows(values_only=True)
    shown = dict(zip(header, row, strict=True))
    assert shown["订单号"] == order_no
    assert (shown["单价"], shown["数量"], shown["收货人"]) == (19.99, 2, "张三")
    assert shown["买家留言"] == "=1+1 <&>"
