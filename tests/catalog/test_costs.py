"""Cost prices: written and seen with `catalog:cost` alone, and left as they are when unsaid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from mall.catalog.models import Sku
from mall.kernel.db import db
from mall.staff.models import AuditEntry
from tests.catalog.test_admin import product, sku
from tests.catalog.test_bulk import BULK, codes, send, upload
from tests.catalog.test_import import run, sheet
from tests.support.catalog import make_category, make_sku
from tests.support.http import Http, error_code
from tests.support.staff import make_staff

PRODUCTS = "/admin/api/v1/products"


def costs() -> dict[str, int | None]:
    rows = db.session.execute(select(Sku.sku_code, Sku.cost_fen)).all()
    db.session.rollback()
    return {row.sku_code: row.cost_fen for row in rows}


def last_change() -> tuple[Any, Any]:
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    return entry.before, entry.after


def test_a_cost_is_kept_when_it_is_unsaid_and_cleared_by_null(staff: Http) -> None:
    category = make_category("家")
    red, blue = sku("P1-1", "红", cost_fen=600), sku("P1-2", "蓝")
    made = staff.post(PRODUCTS, product(category, skus=[red, blue]))
    path = f"{PRODUCTS}/{made.get_json()['id']}"
    shown = staff.get(path).get_json()["skus"]
    assert [one["cost_fen"] for one in shown] == [600, None]
    bare = [sku("P1-1", "红", price_fen=1_100), blue]
    assert staff.put(path, product(category, skus=bare)).status_code == 200
    assert costs() == {"P1-1": 600, "P1-2": None}
    cleared = [sku("P1-1", "红", price_fen=1_100, cost_fen=None), blue]
    assert staff.put(path, product(category, skus=cleared)).status_code == 200
    assert costs() == {"P1-1": None, "P1-2": None}
    assert last_change() == (
        {"skus": {"P1-1": {"cost_fen": 600}}},
        {"skus": {"P1-1": {"cost_fen": None}}},
    )


def test_without_the_permission_there_is_no_cost(http: Http, staff: Http) -> None:
    category = make_category("家")
    skus = [sku("P1-1", "红", cost_fen=600)]
    made = staff.post(PRODUCTS, product(category, skus=skus))
    path = f"{PRODUCTS}/{made.get_json()['id']}"
    clerk = http.as_(make_staff("catalog:read", "catalog:write"))
    shown = clerk.get(path).get_json()
    assert "cost_fen" not in shown["skus"][0]
    for cost_fen in (600, 700, None):
        body = product(category, name="新名", skus=[sku("P1-1", "红", cost_fen=cost_fen)])
        for refused in (clerk.put(path, body), clerk.post(PRODUCTS, body)):
            assert (refused.status_code, error_code(refused)) == (403, "not_permitted")
    answer = clerk.put(path, product(category, name="新名", skus=[sku("P1-1", "红")]))
    assert (answer.status_code, answer.get_json()["name"]) == (200, "新名")
    assert costs() == {"P1-1": 600}


def test_many_costs_at_once(app: Flask, http: Http, staff: Http) -> None:
    first, second = make_sku(1_000), make_sku(2_000)
    (a, _), (b, _) = codes(first), codes(second)
    db.session.rollback()
    rows = [{"sku_code": a, "cost_fen": 500}, {"sku_code": b, "cost_fen": 900}]
    assert send(staff, rows)["changed_skus"] == 2
    content = f"SKU编号,售价(元),成本价(元)\n{a},11.00,\n{b},,无\n".encode()
    assert upload(app, staff, content, "a.csv").get_json()["applied"]
    assert costs() == {a: 500, b: None}
    assert last_change() == ({b: {"cost_fen": 900}}, {b: {"cost_fen": None}})
    clerk = http.as_(make_staff("catalog:write"))
    refused = upload(app, clerk, f"SKU编号,成本价(元)\n{a},1\n".encode(), "a.csv")
    assert (refused.status_code, error_code(refused)) == (403, "not_permitted")
    assert clerk.post(BULK, {"rows": rows}).status_code == 403
    empty = upload(app, clerk, f"SKU编号,售价(元),成本价(元)\n{a},12.00,\n".encode(), "a.csv")
    assert (empty.get_json()["applied"], costs()[a]) == (True, 500)


def test_an_imported_sheet_changes_the_costs_that_it_says(http: Http, tmp_path: Path) -> None:
    other = {"SKU编号": "P1-2", "规格值": "大;蓝"}
    path = tmp_path / "a.csv"
    content = sheet(path, {}, other).read_text(encoding="utf-8").splitlines()
    for cells in (("成本价(元)", "5.00", "6.00"), ("成本价(元)", "", "7.00"), None):
        lines = (
            content if cells is None else [f"{x},{y}" for x, y in zip(content, cells, strict=True)]
        )
        path.write_text("\n".join(lines), encoding="utf-8")
        assert run(path).refusals == []
        assert costs()["P1-1"] == 500
    assert costs() == {"P1-1": 500, "P1-2": 700}
