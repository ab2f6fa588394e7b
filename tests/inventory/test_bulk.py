"""Staff change the stock of many SKUs at once: all rows or none."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mall.catalog.models import Sku
from mall.inventory.models import Stock, StockMovement
from mall.kernel.db import db, transaction
from mall.staff.models import AuditEntry
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.staff import make_staff

BULK = "/admin/api/v1/stock/bulk-changes"


@pytest.fixture
def clerk(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("stock:write"))


def code_of(sku_id: int) -> str:
    return db.session.execute(select(Sku.sku_code).where(Sku.id == sku_id)).scalar_one()


def send(clerk: Http, rows: list[dict[str, Any]], key: str | None = None) -> dict[str, Any]:
    answer = clerk.post(BULK, {"rows": rows, "reason": "盘点"}, key=key)
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def upload(
    app: Flask, clerk: Http, content: bytes, name: str, key: str, **form: str
) -> TestResponse:
    headers = {"Authorization": f"Bearer {clerk.token}", "Idempotency-Key": key}
    data = {"file": (io.BytesIO(content), name), "reason": "到货", **form}
    with app.app_context(), app.test_client() as client:
        return client.post(f"{BULK}/sheet", data=data, headers=headers)


def movements() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(StockMovement)) or 0


def test_units_are_added_taken_and_set(clerk: Http) -> None:
    more, fewer, counted, same, fresh = (
        *(stock(make_sku(), n) for n in (5, 5, 5, 5)),
        make_sku(),
    )
    report = send(
        clerk,
        [
            {"sku_code": code_of(more), "add": 7},
            {"sku_code": code_of(fewer), "add": -5},
            {"sku_code": code_of(counted), "sellable": 3, "was": 5},
            {"sku_code": code_of(same), "sellable": 5, "was": 5},
            {"sku_code": code_of(fresh), "sellable": 4, "was": 0},
        ],
    )
    assert report == {
        "applied": True,
        "rows": 5,
        "changed_skus": 4,
        "units_in": 11,
        "units_out": 7,
        "faults": [],
    }
    found = [units(sku_id).sellable for sku_id in (more, fewer, counted, same, fresh)]
    assert found == [12, 0, 3, 5, 4]
    with transaction() as session:
        moves = session.execute(
            select(StockMovement.kind, StockMovement.sellable_delta, StockMovement.reason).where(
                StockMovement.sku_id.in_([more, counted]), StockMovement.reason == "盘点"
            )
        ).all()
        trail = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "stock.bulk_change")
        ).all()
    assert sorted(map(tuple, moves)) == [("put_in", 7, "盘点"), ("take_out", -2, "盘点")]
    assert {
        (e.target_id, (e.before or {})["sellable"], (e.after or {})["sellable"]) for e in trail
    } == {
        (str(more), 5, 12),
        (str(fewer), 5, 0),
        (str(counted), 5, 3),
        (str(fresh), 0, 4),
    }
    check_invariants()


def test_one_bad_row_keeps_all_out(clerk: Http) -> None:
    good, sold = stock(make_sku(), 5), stock(make_sku(), 5)
    before = movements()
    report = send(
        clerk,
        [
            {"sku_code": code_of(good), "add": 1},
            {"sku_code": "NOBODY", "add": 1},
            {"sku_code": code_of(good), "add": 1},
            {"sku_code": code_of(sold), "sellable": 9, "was": 6},
        ],
    )
    assert not report["applied"]
    assert [(fault["line"], fault["field"]) for fault in report["faults"]] == [
        (2, "sku_code"),
        (3, "sku_code"),
        (4, "was"),
    ]
    assert "5" in report["faults"][2]["reason"]
    short = send(clerk, [{"sku_code": code_of(sold), "add": -6}])
    assert [fault["field"] for fault in short["faults"]] == ["add"]
    assert (units(good), units(sold), movements()) == (Units(5), Units(5), before)


def test_a_repeat_moves_nothing_again(app: Flask, clerk: Http) -> None:
    sku_id = stock(make_sku(), 1)
    rows = [{"sku_code": code_of(sku_id), "add": 2}]
    first = send(clerk, rows, key="delivery-1")
    assert send(clerk, rows, key="delivery-1") == first
    assert units(sku_id) == Units(3)

    sheet = f"SKU编号,增减\n{code_of(sku_id)},4\n".encode()
    answers = [upload(app, clerk, sheet, "a.csv", "delivery-2") for _ in range(2)]
    assert answers[0].get_json()["units_in"] == 4
    assert answers[1].headers["Idempotent-Replay"] == "true"
    assert units(sku_id) == Units(7)
    other = upload(app, clerk, sheet + b"x,1\n", "a.csv", "delivery-2")
    assert error_code(other) == "idempotency_key_reused"


def test_a_dry_run_writes_nothing(clerk: Http) -> None:
    sku_id = make_sku()
    body = {"rows": [{"sku_code": code_of(sku_id), "add": 2}], "reason": "x", "dry_run": True}
    report = clerk.post(BULK, body).get_json()
    assert (report["applied"], report["units_in"]) == (False, 2)
    assert db.session.scalar(select(func.count()).select_from(Stock)) == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_sheet(app: Flask, clerk: Http, encoding: str) -> None:
    sku_id, kept = stock(make_sku(), 5), stock(make_sku(), 5)
    sheet = (
        f"SKU编号,商品名称,增减,可售,原可售\n{code_of(sku_id)},枕,,8,5\n{code_of(kept)},枕,,,5\n"
    )
    tried = upload(app, clerk, sheet.encode(encoding), "a.csv", "press-0001", dry_run="true")
    assert (tried.get_json()["applied"], units(sku_id)) == (False, Units(5))
    answer = upload(app, clerk, sheet.encode(encoding), "a.csv", "press-0002")
    assert answer.get_json()["applied"], answer.get_json()
    assert (units(sku_id), units(kept)) == (Units(8), Units(5))


def test_an_excel_sheet(app: Flask, clerk: Http) -> None:
    sku_id = stock(make_sku(), 5)
    book, packed = Workbook(), io.BytesIO()
    page = book.active
    assert page is not None
    page.append(("SKU编号", "增减"))
    page.append((code_of(sku_id), -2))
    book.save(packed)
    answer = upload(app, clerk, packed.getvalue(), "a.xlsx", "press-0001")
    assert (answer.get_json()["units_out"], units(sku_id)) == (2, Units(3))


def test_bad_cells_are_told_by_line_and_column(app: Flask, clerk: Http) -> None:
    sku_id = stock(make_sku(), 5)
    code = code_of(sku_id)
    lines = ["SKU编号,增减,可售,原可售", f"{code},1,,", f"{code}2,1,2,3", f"{code}3,,2,", ",1,,"]
    lines += [f"{code}4,1.5,,", f"{code}5,,-1,0", f"{code}6,=1+1,,", f"{code}7,1,,,9"]
    sheet = "\n".join(lines).encode()
    report = upload(app, clerk, sheet, "a.csv", "press-0001").get_json()
    assert not report["applied"]
    assert units(sku_id) == Units(5)
    assert [(fault["line"], fault["field"]) for fault in report["faults"]] == [
        (3, "增减"),
        (4, "原可售"),
        (5, "SKU编号"),
        (6, "增减"),
        (7, "可售"),
        (8, "增减"),
        (9, ""),
    ]
    assert report["rows"] == 8


@pytest.mark.parametrize(
    ("content", "form", "code"),
    [
        (b"a,b\n1,2\n", {}, "sheet_unreadable"),
        ("SKU编号\nA\n".encode(), {}, "sheet_unreadable"),
        ("SKU编号,增减\n".encode() + b"S,1\n" * 1001, {}, "sheet_unreadable"),
        ("SKU编号,增减\nA,1\n".encode(), {"reason": " "}, "stock_reason_missing"),
        ("SKU编号,增减\nA,1\n".encode(), {"reason": "长" * 201}, "stock_reason_missing"),
    ],
)
def test_what_isnt_a_sheet_is_refused(
    app: Flask, clerk: Http, content: bytes, form: dict[str, str], code: str
) -> None:
    answer = upload(app, clerk, content, "a.csv", "press-0001", **form)
    assert (answer.status_code, error_code(answer)) == (422, code)


@pytest.mark.parametrize(
    "row",
    [
        {"sku_code": "A"},
        {"sku_code": "A", "add": 1, "sellable": 2, "was": 1},
        {"sku_code": "A", "sellable": 2},
        {"sku_code": "A", "was": 2},
        {"sku_code": "A", "add": "1"},
        {"sku_code": "A", "sellable": -1, "was": 0},
        {"add": 1},
    ],
)
def test_a_row_adds_or_sets(clerk: Http, row: dict[str, Any]) -> None:
    answer = clerk.post(BULK, {"rows": [row], "reason": "x"})
    assert (answer.status_code, error_code(answer)) == (422, "validation_failed")


def test_only_staff_who_may(app: Flask, http: Http) -> None:
    body = {"rows": [{"sku_code": "A", "add": 1}], "reason": "x"}
    assert http.post(BULK, body).status_code == 401
    assert http.as_(make_staff("stock:read", "catalog:write")).post(BULK, body).status_code == 403
