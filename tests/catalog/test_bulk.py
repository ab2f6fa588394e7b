"""Staff change many prices and shelves at once: all rows or none."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from mall.catalog.models import Sku, Spu
from mall.kernel.db import db
from tests.support.catalog import make_sku
from tests.support.http import Http, error_code
from tests.support.wording import reads_as_chinese

BULK = "/admin/api/v1/catalog/bulk-changes"


def codes(sku_id: int) -> tuple[str, str]:
    """The SKU's code and its product's."""
    row = db.session.execute(
        select(Sku.sku_code, Spu.spu_code).join(Spu, Spu.id == Sku.spu_id).where(Sku.id == sku_id)
    ).one()
    return row.sku_code, row.spu_code


def now_is(sku_id: int) -> tuple[Any, ...]:
    """Price, list price, offer and shelf, and the product's price range."""
    db.session.expire_all()
    row = db.session.execute(
        select(Sku.price_fen, Sku.list_price_fen, Sku.enabled, Spu.on_shelf, Spu.min_price_fen)
        .join(Spu, Spu.id == Sku.spu_id)
        .where(Sku.id == sku_id)
    ).one()
    return tuple(row)


def send(staff: Http, rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    answer = staff.post(BULK, {"rows": rows, **more})
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def upload(app: Flask, staff: Http, content: bytes, name: str, **form: str) -> TestResponse:
    with app.app_context(), app.test_client() as client:
        return client.post(
            f"{BULK}/sheet",
            data={"file": (io.BytesIO(content), name), **form},
            headers={"Authorization": f"Bearer {staff.token}"},
        )


def test_prices_and_shelves(http: Http, staff: Http) -> None:
    first, second = make_sku(1000, on_sale=True), make_sku(2000, on_sale=False)
    (sku_a, spu_a), (sku_b, spu_b) = codes(first), codes(second)
    report = send(
        staff,
        [
            {"sku_code": sku_a, "price_fen": 900, "list_price_fen": 1200},
            {"sku_code": sku_b, "spu_code": spu_b, "price_fen": 2000, "on_shelf": True},
            {"spu_code": spu_a, "on_shelf": False},
        ],
    )
    assert report == {
        "applied": True,
        "rows": 3,
        "changed_skus": 1,
        "changed_products": 2,
        "faults": [],
    }
    assert now_is(first) == (900, 1200, True, False, 900)
    assert now_is(second) == (2000, None, True, True, 2000)
    found = db.session.execute(
        text("SELECT before, after FROM audit_entries WHERE action = 'spu.bulk_change' ORDER BY id")
    ).all()
    assert found[0].before == {
        sku_a: {"price_fen": 1000, "list_price_fen": None},
        "on_shelf": True,
    }
    assert found[0].after == {sku_a: {"price_fen": 900, "list_price_fen": 1200}, "on_shelf": False}
    assert len(found) == 2

    again = send(staff, [{"sku_code": sku_a, "price_fen": 900}])
    assert (again["applied"], again["changed_skus"]) == (True, 0)


def test_one_bad_row_keeps_all_out(staff: Http) -> None:
    sku_id, other = make_sku(1000), make_sku(1000)
    (sku, spu), (third, other_spu) = codes(sku_id), codes(other)
    report = send(
        staff,
        [
            {"sku_code": sku, "price_fen": 5},
            {"sku_code": "NOBODY", "price_fen": 5},
            {"spu_code": "NOBODY", "on_shelf": True},
            {"sku_code": sku, "price_fen": 6},
            {"spu_code": spu, "price_fen": 6},
            {"sku_code": sku, "spu_code": other_spu},
            {"sku_code": third, "on_shelf": True},
        ],
    )
    assert not report["applied"]
    assert [(fault["line"], fault["field"]) for fault in report["faults"]] == [
        (2, "sku_code"),
        (3, "spu_code"),
        (4, "sku_code"),
        (5, "price_fen"),
        (6, "sku_code"),
        (7, "on_shelf"),
    ]
    assert now_is(sku_id)[0] == 1000
    low = send(staff, [{"sku_code": sku, "price_fen": 900, "list_price_fen": 800}])
    assert [fault["field"] for fault in low["faults"]] == ["list_price_fen"]


def test_a_dry_run_writes_nothing(staff: Http) -> None:
    sku_id = make_sku(1000)
    report = send(staff, [{"sku_code": codes(sku_id)[0], "price_fen": 5}], dry_run=True)
    assert (report["applied"], report["changed_skus"]) == (False, 1)
    assert now_is(sku_id)[0] == 1000


def test_at_most_a_thousand_rows_and_staff_only(http: Http, staff: Http) -> None:
    rows = [{"sku_code": f"S{n}", "price_fen": 1} for n in range(1001)]
    assert staff.post(BULK, {"rows": rows}).status_code == 422
    assert staff.post(BULK, {"rows": [{"price_fen": 1}]}).status_code == 422
    assert http.post(BULK, {"rows": []}).status_code == 401


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_sheet(app: Flask, staff: Http, encoding: str) -> None:
    sku_id = make_sku(1000, list_price_fen=1500)
    sku, spu = codes(sku_id)
    sheet = f"SKU编号,商品编号,售价（元）,划线价（元）,上架\n{sku},{spu},8.80,无,下架\n"
    tried = upload(app, staff, sheet.encode(encoding), "prices.csv", dry_run="true")
    assert tried.get_json()["changed_products"] == 1
    assert now_is(sku_id)[0] == 1000
    answer = upload(app, staff, sheet.encode(encoding), "prices.csv")
    assert answer.get_json()["applied"], answer.get_json()
    assert now_is(sku_id) == (880, None, True, False, 880)


def test_bad_cells_are_told_by_line(app: Flask, staff: Http) -> None:
    sku_id = make_sku(1000)
    sku, _ = codes(sku_id)
    sheet = f"SKU编号,售价(元),启用\n{sku},9,\n{sku}X,0,\n,5,\n{sku}Y,=1+1,maybe\n"
    report = upload(app, staff, sheet.encode(), "prices.csv").get_json()
    assert not report["applied"]
    assert now_is(sku_id)[0] == 1000
    assert {(fault["line"], fault["field"]) for fault in report["faults"]} >= {
        (3, "售价(元)"),
        (4, "SKU编号"),
        (5, "售价(元)"),
        (5, "启用"),
    }


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\xff\xfe\x00", "a.csv"),
        (b"a,b\n1,2\n", "a.csv"),
        (b"not a zip", "a.xlsx"),
        (b"<html>", "a.html"),
        ("SKU编号\n".encode() + b"S\n" * 1001, "a.csv"),
        (b"x" * 1_000_000, "a.csv"),
        (",".join(f"column{n}" for n in range(900)).encode(), "a.csv"),
        (b",".join([b"x" * 9_000] * 2), "a.csv"),
    ],
)
def test_what_isnt_a_sheet_is_refused(app: Flask, staff: Http, content: bytes, name: str) -> None:
    answer = upload(app, staff, content, name)
    assert (answer.status_code, error_code(answer)) == (422, "sheet_unreadable")
    message = answer.get_json()["error"]["message"]
    assert len(message) < 500
    assert reads_as_chinese(message)


def workbook(*rows: tuple[str, ...], far: bool = False, padding: int = 0) -> bytes:
    """An .xlsx; `far` with a cell in the last corner, `padding` with blanks that pack well."""
    book = Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    if far:
        page.cell(1_048_576, 16_384).value = "x"
    packed = io.BytesIO()
    book.save(packed)
    if padding:
        with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/padding.bin", b" " * padding)
    return packed.getvalue()


def test_an_excel_sheet(app: Flask, staff: Http) -> None:
    sku_id = make_sku(1000)
    book = workbook(("SKU编号", "售价(元)"), (codes(sku_id)[0], "12.5"))
    answer = upload(app, staff, book, "prices.xlsx")
    assert answer.get_json().get("applied"), answer.get_json()
    assert now_is(sku_id)[0] == 1250


def test_a_workbook_that_would_fill_the_memory_is_refused(app: Flask, staff: Http) -> None:
    answer = upload(app, staff, workbook(("SKU编号",), far=True), "prices.xlsx")
    assert (answer.status_code, error_code(answer)) == (422, "sheet_unreadable")
    assert "复制到新的表格" in answer.get_json()["error"]["message"]


def test_a_workbook_with_much_beside_its_sheet_is_read(app: Flask, staff: Http) -> None:
    sku_id = make_sku(1000)
    rows = (("SKU编号", "售价(元)"), (codes(sku_id)[0], "12.5"))
    answer = upload(app, staff, workbook(*rows, padding=140_000_000), "prices.xlsx")
    assert answer.get_json().get("applied"), answer.get_json()
