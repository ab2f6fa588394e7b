"""The import of a sheet: what goes in, what is refused and why, what a second time changes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from openpyxl import Workbook
from rich.console import Console
from sqlalchemy import select, update

from mall.catalog.importing import BATCH, ImportResult
from mall.catalog.models import Sku, Spu
from mall.inventory.cli import import_files
from mall.inventory.models import Stock
from mall.kernel.db import db, transaction
from mall.kernel.sheets import Refusal
from mall.staff.models import AuditEntry
from tests.support.http import Http

GOOD: dict[str, Any] = {
    "商品编号": "P1",
    "商品名称": "荞麦枕头",
    "一级分类": "居家",
    "二级分类": "枕",
    "品牌": "山竹家",
    "简介": "硬一点",
    "规格名": "规格;颜色",
    "规格值": "大;红",
    "SKU编号": "P1-1",
    "划线价(元)": "100.00",
    "售价(元)": "59.90",
    "库存": "7",
    "单位": "只",
    "主图": "https://img.example/a.jpg",
    "轮播图": "https://img.example/a.jpg|https://img.example/b.jpg",
    "详情HTML": "<p>好</p>",
    "上架": "是",
    "新品": "否",
    "热销": "是",
}


def sheet(path: Path, *rows: dict[str, Any], without: tuple[str, ...] = ()) -> Path:
    headers = [header for header in GOOD if header not in without]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, headers, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**GOOD, **row} for row in rows)
    return path


def run(file: Path, **options: Any) -> ImportResult:
    return import_files(file, None, None, console=Console(quiet=True), **options)


def done(result: ImportResult) -> dict[str, int]:
    return {what: count for what, count in result.counts.items() if count}


def stocks() -> dict[str, int]:
    rows = db.session.execute(
        select(Sku.sku_code, Stock.sellable).join_from(Sku, Stock, Stock.sku_id == Sku.id)
    ).all()
    db.session.remove()
    return {row.sku_code: row.sellable for row in rows}


def test_a_good_row_goes_in_as_it_is(http: Http, tmp_path: Path) -> None:
    result = run(sheet(tmp_path / "a.csv", {}, {"SKU编号": "P1-2", "规格值": "大;蓝"}))
    assert result.refusals == []
    assert done(result) == {"products created": 1, "SKUs created": 2}
    (card,) = http.get("/api/v1/products").get_json()["items"]
    product = http.get(f"/api/v1/products/{card['id']}").get_json()
    assert product["brand"]["name"] == "山竹家"
    assert product["specs"] == [
        {"name": "规格", "values": ["大"]},
        {"name": "颜色", "values": ["红", "蓝"]},
    ]
    assert (product["price_fen"], product["skus"][0]["list_price_fen"]) == (5990, 10000)
    assert product["gallery"] == ["https://img.example/a.jpg", "https://img.example/b.jpg"]
    assert stocks() == {"P1-1": 7, "P1-2": 7}


BAD_ROWS: list[tuple[dict[str, str], str, str]] = [
    ({"商品编号": ""}, "商品编号", "is empty"),
    ({"商品编号": "有 空格"}, "商品编号", "is not a code"),
    ({"商品名称": ""}, "商品名称", "is empty"),
    ({"商品名称": "长" * 101}, "商品名称", "101 characters"),
    ({"商品名称": "a\x01b"}, "商品名称", "control characters"),
    ({"一级分类": ""}, "一级分类", "is empty"),
    ({"SKU编号": ""}, "SKU编号", "is empty"),
    ({"SKU编号": "x" * 65}, "SKU编号", "is not a code"),
    ({"SKU编号": "P1-1"}, "SKU编号", "already on line 2"),
    ({"售价(元)": ""}, "售价(元)", "is empty"),
    ({"售价(元)": "0"}, "售价(元)", "from 0.01"),
    ({"售价(元)": "-5"}, "售价(元)", "range"),
    ({"售价(元)": "面议"}, "售价(元)", "not an amount"),
    ({"售价(元)": "1.234"}, "售价(元)", "two decimals"),
    ({"售价(元)": "NaN"}, "售价(元)", "not an amount"),
    ({"售价(元)": "1e99"}, "售价(元)", "range"),
    ({"划线价(元)": "abc"}, "划线价(元)", "not an amount"),
    ({"库存": "-1"}, "库存", "whole number"),
    ({"库存": "1.5"}, "库存", "whole number"),
    ({"库存": "99999999"}, "库存", "whole number"),
    ({"规格值": "大"}, "规格值", "1 values for 2 spec names"),
    ({"规格值": "大;"}, "规格值", "is empty"),
    ({"规格值": "大;红"}, "规格值", "the same as on line 2"),
    ({"规格名": "规格;尺寸"}, "规格名", "not as on line 2"),
    ({"商品名称": "别的名字"}, "商品名称", "not as on line 2"),
    ({"主图": "javascript:alert(1)"}, "主图", "http(s)"),
    ({"轮播图": "https://a|ftp://b"}, "轮播图", "http(s)"),
    ({"上架": "也许"}, "上架", "neither"),
]


@pytest.mark.parametrize(("change", "column", "reason"), BAD_ROWS, ids=str)
def test_a_bad_row_is_named_and_the_rest_goes_in(
    app: object, tmp_path: Path, change: dict[str, str], column: str, reason: str
) -> None:
    bad = {"SKU编号": "P1-2", "规格值": "大;蓝", **change}
    last = {"商品编号": "P2", "SKU编号": "P2-1"}
    result = run(sheet(tmp_path / "a.csv", {}, bad, last))
    (refusal,) = result.refusals
    assert (refusal.line, refusal.column) == (3, column)
    assert reason in refusal.reason
    assert done(result) == {"products created": 2, "SKUs created": 2}


def test_a_shifted_row_is_refused(app: object, tmp_path: Path) -> None:
    file = sheet(tmp_path / "a.csv", {})
    file.write_text(file.read_text() + ",".join(["x"] * 25) + "\n")
    (refusal, *_) = run(file).refusals
    assert (refusal.line, refusal.reason) == (3, "6 more cells than there are columns")


def test_a_second_time_changes_nothing_and_a_changed_cell_only_that(
    app: object, tmp_path: Path
) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    with transaction() as session:
        session.execute(update(Stock).values(sellable=3, sold=4))
        before = session.execute(select(*Spu.__table__.c)).one()
    assert done(run(sheet(tmp_path / "a.csv", {}))) == {
        "products unchanged": 1,
        "SKUs unchanged": 1,
    }
    with transaction() as session:
        assert session.execute(select(*Spu.__table__.c)).one() == before
    result = run(sheet(tmp_path / "a.csv", {"售价(元)": "49.90", "库存": "99"}))
    assert done(result) == {"products updated": 1, "SKUs updated": 1}
    assert stocks() == {"P1-1": 3}, "stock counts for a new SKU only"
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["spu.import", "spu.import"]
    assert entries[1].before == {"skus": {"P1-1": {"price_fen": 5990}}}


def test_a_column_that_the_sheet_lacks_is_left_alone(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    left_out = ("品牌", "详情HTML", "划线价(元)", "上架", "热销", "规格名", "规格值", "轮播图")
    result = run(sheet(tmp_path / "b.csv", {"上架": "否"}, without=left_out))
    assert done(result) == {"products unchanged": 1, "SKUs unchanged": 1}


def test_a_code_of_another_product_is_refused(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    stolen = {"商品编号": "P2", "SKU编号": "P1-1"}
    own = {"商品编号": "P2", "SKU编号": "P2-1", "规格值": "大;蓝"}
    result = run(sheet(tmp_path / "b.csv", stolen, own))
    assert result.refusals == [Refusal(2, "SKU编号", "belongs to product P1")]
    assert done(result) == {"products created": 1, "SKUs created": 1}


def test_spec_values_of_a_sku_that_the_sheet_lacks_are_taken(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    result = run(sheet(tmp_path / "b.csv", {"SKU编号": "P1-9"}, {"商品编号": "P2", "SKU编号": "Q"}))
    (refusal,) = result.refusals
    assert (refusal.line, refusal.reason) == (2, "同一商品有两个规格值相同的 SKU")
    assert done(result) == {"products created": 1, "SKUs created": 1}


def test_an_archived_product_stays_away(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    with transaction() as session:
        session.execute(update(Spu).values(archived_at=Spu.created_at))
    (refusal,) = run(sheet(tmp_path / "a.csv", {})).refusals
    assert refusal.line == 2


def test_a_dry_run_writes_nothing_and_says_the_same(app: object, tmp_path: Path) -> None:
    rows = [{"商品编号": f"P{n}", "SKU编号": f"P{n}-1"} for n in range(BATCH + 5)]
    file = sheet(tmp_path / "a.csv", *rows, {"售价(元)": "x"})
    dry = run(file, dry_run=True)
    assert db.session.scalars(select(Spu.id)).all() == []
    real = run(file)
    assert (done(dry), dry.refusals) == (done(real), real.refusals)
    assert done(real)["SKUs created"] == BATCH + 5


def test_excel_goes_in_like_csv(app: object, tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(list(GOOD))
    page.append([*({**GOOD, "商品编号": 1006002, "售价(元)": 899.0, "库存": 12}).values()])
    page.append([*({**GOOD, "SKU编号": "P9", "售价(元)": "贵"}).values()])
    book.save(tmp_path / "a.xlsx")
    result = run(tmp_path / "a.xlsx")
    assert [(r.line, r.column) for r in result.refusals] == [(3, "售价(元)")]
    row = db.session.execute(select(Spu.spu_code, Spu.min_price_fen)).one()
    assert tuple(row) == ("1006002", 89900)
    assert stocks() == {"P1-1": 12}


def test_html_is_cleaned_on_the_way_in(app: object, tmp_path: Path) -> None:
    dirty = (
        '<p style="x" onclick="y">好<script>z()</script><img src="https://a/b.jpg" _src="c"></p>'
    )
    run(sheet(tmp_path / "a.csv", {"详情HTML": dirty}))
    assert db.session.scalar(select(Spu.detail_html)) == '<p>好<img src="https://a/b.jpg"></p>'


def test_the_command_tells_a_person(cli: Callable[..., Result], tmp_path: Path) -> None:
    file = sheet(
        tmp_path / "a.csv", {}, {"SKU编号": "P1-2"}, {"划线价(元)": "1", "SKU编号": "P1-3"}
    )
    pairs = tmp_path / "attributes.csv"
    pairs.write_text(
        "商品编号,属性,值\nP1,材质,荞麦\nP1,材质,荞麦\nP7,材质,x\n", encoding="gb18030"
    )
    brands = tmp_path / "brands.csv"
    brands.write_text("品牌,介绍,图片,起价(元)\n山竹家,慢,,39\n,x,,\n", encoding="utf-8-sig")
    options = ["--attributes", str(pairs), "--brands", str(brands)]
    told = cli("catalog", "import", str(file), *options)
    assert told.exit_code == 1
    for text in (
        "1 products created",
        "line 3, 规格值: the same as on line 2",
        "attributes.csv 商品编号: no product P7",
        "line 3, brands.csv 品牌: is empty",
    ):
        assert text in told.output
    clean = sheet(tmp_path / "b.csv", {"划线价(元)": "1"})
    again = cli("catalog", "import", str(clean))
    assert again.exit_code == 0
    assert "line 2, 划线价(元): not above the selling price" in again.output
    assert "attributes" not in str(
        db.session.scalars(select(AuditEntry.after).order_by(AuditEntry.id.desc())).first()
    )


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "商品编号,商品名称\n1,2\n", "has no column"),
        ("a.xlsx", "not excel", "can't be read"),
        ("a.csv", "", "has no column"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_clear_line(
    cli: Callable[..., Result], tmp_path: Path, name: str, content: str, told: str
) -> None:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    answer = cli("catalog", "import", str(file))
    assert answer.exit_code == 2
    assert told in answer.output
    assert "Traceback" not in answer.output
