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

from mall.catalog.importing.running import BATCH, ImportResult
from mall.catalog.importing.template import column_rows
from mall.catalog.models import Category, Sku, Spu
from mall.inventory.cli import import_files
from mall.inventory.models import Stock
from mall.kernel.db import db, transaction
from mall.kernel.sheets import Refusal
from mall.staff.models import AuditEntry
from tests.conftest import ROOT
from tests.support.http import Http
from tests.support.staff import make_staff

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
    named = dict.fromkeys(header for row in (GOOD, *rows) for header in row)
    headers = [header for header in named if header not in without]
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
    ({"商品名称": "长" * 101}, "商品名称", "101 characters"),
    ({"商品名称": "a\x01b"}, "商品名称", "control characters"),
    ({"一级分类": ""}, "一级分类", "is empty, and a level below is not"),
    ({"一级分类": "服装"}, "一级分类", "not as on line 2"),
    ({"二级分类": "被"}, "一级分类", "not as on line 2"),
    ({"品牌": "别家"}, "品牌", "not as on line 2"),
    ({"详情HTML": "<p>坏</p>"}, "详情HTML", "not as on line 2"),
    ({"SKU编号": ""}, "SKU编号", "is empty"),
    ({"SKU编号": "x" * 65}, "SKU编号", "is not a code"),
    ({"SKU编号": "P1-1"}, "SKU编号", "already on line 2"),
    ({"售价(元)": ""}, "售价(元)", "is empty, and the SKU is new"),
    ({"售价(元)": "#N/A"}, "售价(元)", "shows an error of Excel"),
    ({"库存": "#REF!"}, "库存", "shows an error of Excel"),
    ({"上架": "#DIV/0!"}, "上架", "shows an error of Excel"),
    ({"SKU编号": "6.90123E+12"}, "SKU编号", "format the column as text"),
    ({"规格值": "1月2日"}, "规格值", "is a date"),
    ({"规格值": "2-Jan"}, "规格值", "is a date"),
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
    refusal, along = sorted(result.refusals, key=lambda one: -one.line)
    assert (refusal.line, refusal.column) == (3, column)
    assert reason in refusal.reason
    assert along == Refusal(2, "", "isn't taken: line 3 of the same product is refused")
    assert done(result) == {"products created": 1, "SKUs created": 1}


def test_a_faulty_first_row_takes_its_product_along(app: object, tmp_path: Path) -> None:
    second = {"SKU编号": "P1-2", "规格值": "大;蓝"}
    result = run(sheet(tmp_path / "a.csv", {"售价(元)": "面议"}, second))
    assert [(one.line, one.column) for one in result.refusals] == [(2, "售价(元)"), (3, "")]
    assert done(result) == {}


def test_a_row_without_a_readable_product_code_is_refused_alone(
    app: object, tmp_path: Path
) -> None:
    result = run(sheet(tmp_path / "a.csv", {}, {"商品编号": "有 空格", "SKU编号": "P2-1"}))
    assert [(one.line, one.column) for one in result.refusals] == [(3, "商品编号")]
    assert done(result) == {"products created": 1, "SKUs created": 1}


@pytest.mark.parametrize("missing", ["商品名称", "一级分类", "售价(元)"])
def test_a_new_product_says_what_it_must(app: object, tmp_path: Path, missing: str) -> None:
    cells = {missing: "", "二级分类": ""} if missing == "一级分类" else {missing: ""}
    (refusal,) = run(sheet(tmp_path / "a.csv", cells)).refusals
    assert (refusal.line, refusal.column) == (2, missing)
    assert "is empty, and the" in refusal.reason


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


NOT_KEYS = tuple(header for header in GOOD if header not in ("商品编号", "SKU编号"))
FULL = {"成本价(元)": "20", "重量(克)": "900", "体积(立方厘米)": "5000", "SKU图": "https://a/s.jpg"}


def everything() -> list[Any]:
    """All that is written of products and SKUs."""
    with transaction() as session:
        return [
            tuple(row)
            for table in (Spu.__table__, Sku.__table__)
            for row in session.execute(select(*table.c))
        ]


@pytest.mark.parametrize("header", NOT_KEYS)
def test_a_column_that_the_sheet_lacks_is_left_alone(
    app: object, tmp_path: Path, header: str
) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    before = everything()
    left_out = (header, "二级分类") if header == "一级分类" else (header,)
    result = run(sheet(tmp_path / "b.csv", {}, without=left_out))
    assert done(result) == {"products unchanged": 1, "SKUs unchanged": 1}
    assert everything() == before


def test_empty_cells_change_nothing(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", FULL))
    before = everything()
    result = run(sheet(tmp_path / "b.csv", dict.fromkeys([*NOT_KEYS, *FULL], "")))
    assert done(result) == {"products unchanged": 1, "SKUs unchanged": 1}
    assert everything() == before


def test_a_word_clears_a_cell(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", FULL))
    cleared = ("品牌", "简介", "主图", "轮播图", "详情HTML", "划线价(元)", "二级分类", *FULL)
    assert done(run(sheet(tmp_path / "b.csv", dict.fromkeys(cleared, "无")))) == {
        "products updated": 1,
        "SKUs updated": 1,
    }
    with transaction() as session:
        spu = session.execute(select(*Spu.__table__.c)).one()
        sku = session.execute(select(*Sku.__table__.c)).one()
        path = session.scalar(select(Category.name).where(Category.id == spu.category_id))
    assert (spu.brand_id, spu.brief, spu.main_image, spu.gallery, spu.detail_html) == (
        *(None, "", ""),
        *([], ""),
    )
    assert (sku.list_price_fen, sku.cost_fen, sku.weight_g, sku.volume_cm3, sku.image) == (
        *(None, None, 0, 0),
        "",
    )
    assert (path, spu.on_shelf, sku.price_fen) == ("居家", True, 5990)


def test_a_dry_run_shows_each_field_that_changes(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    changed = {"简介": "软一点", "售价(元)": "49.90", "上架": "否", "二级分类": "被", "品牌": "无"}
    more = {**changed, "SKU编号": "P1-2", "规格值": "大;蓝"}
    result = run(sheet(tmp_path / "b.csv", changed, more), dry_run=True)
    assert [str(change) for change in result.changes] == [
        "line 2, P1, 简介: 硬一点 → 软一点",
        "line 2, P1, 上架: 是 → 否",
        "line 2, P1, 品牌: 山竹家 → 无",
        "line 2, P1, 分类: 居家/枕 → 居家/被",
        "line 2, P1-1, 售价(元): 59.90 → 49.90",
        "line 3, P1, SKU编号: new → P1-2",
    ]
    assert done(run(sheet(tmp_path / "a.csv", {}))) == {
        "products unchanged": 1,
        "SKUs unchanged": 1,
    }


def test_a_code_of_another_product_is_refused(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    stolen = {"商品编号": "P2", "SKU编号": "P1-1"}
    own = {"商品编号": "P2", "SKU编号": "P2-1", "规格值": "大;蓝"}
    result = run(sheet(tmp_path / "b.csv", stolen, own))
    assert result.refusals == [
        Refusal(2, "SKU编号", "belongs to product P1"),
        Refusal(3, "", "isn't taken: line 2 of the same product is refused"),
    ]
    assert done(result) == {}


def test_spec_values_of_a_sku_that_the_sheet_lacks_are_taken(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    result = run(sheet(tmp_path / "b.csv", {"SKU编号": "P1-9"}, {"商品编号": "P2", "SKU编号": "Q"}))
    (refusal,) = result.refusals
    assert (refusal.line, refusal.reason) == (2, "the same as those of SKU P1-1")
    assert done(result) == {"products created": 1, "SKUs created": 1}


def test_an_archived_product_stays_away(app: object, tmp_path: Path) -> None:
    run(sheet(tmp_path / "a.csv", {}))
    with transaction() as session:
        session.execute(update(Spu).values(archived_at=Spu.created_at))
    (refusal,) = run(sheet(tmp_path / "a.csv", {})).refusals
    assert refusal.line == 2


def test_a_dry_run_writes_nothing_and_says_the_same(app: object, tmp_path: Path) -> None:
    rows = [{"商品编号": f"P{n}", "SKU编号": f"P{n}-1"} for n in range(BATCH + 5)]
    file = sheet(tmp_path / "a.csv", *rows, {"商品编号": "Q", "SKU编号": "Q", "售价(元)": "x"})
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
    other = {"商品编号": "P2", "SKU编号": "P2-1"}
    file = sheet(tmp_path / "a.csv", {}, other, {**other, "SKU编号": "P2-2"})
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
        "line 4, 规格值: the same as on line 3",
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


def test_the_template_goes_in_as_it_is(
    cli: Callable[..., Result], http: Http, tmp_path: Path
) -> None:
    file = tmp_path / "products.xlsx"
    assert cli("catalog", "template", str(file)).exit_code == 0
    assert cli("catalog", "template", str(file)).exit_code == 2, "it overwrites nothing"
    told = cli("catalog", "import", str(file))
    assert (told.exit_code, "2 SKUs created, 1 products created" in told.output) == (0, True)
    assert stocks() == {"SJT-60-15": 100, "SJT-60-18": 80}
    staff = http.as_(make_staff("catalog:read"))
    sent = staff.get("/admin/api/v1/catalog/import-template")
    assert sent.status_code == 200
    assert sent.mimetype.endswith("spreadsheetml.sheet")
    (tmp_path / "sent.xlsx").write_bytes(sent.data)
    again = cli("catalog", "import", str(tmp_path / "sent.xlsx"))
    assert "2 SKUs unchanged, 1 products unchanged" in again.output


def test_the_docs_name_each_column() -> None:
    told = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    assert [header for header, *_ in column_rows() if f"| {header} |" not in told] == []


def test_merged_cells_count_for_each_row(app: object, tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    headers = list(GOOD)
    page.append(headers)
    for code, colour in (("P1-1", "大;红"), ("P1-2", "大;蓝"), ("P1-3", "大;绿")):
        page.append([*{**GOOD, "SKU编号": code, "规格值": colour}.values()])
    for header in ("商品编号", "商品名称", "一级分类", "售价(元)", "划线价(元)", "规格名"):
        place = headers.index(header) + 1
        page.merge_cells(start_row=2, end_row=4, start_column=place, end_column=place)
    book.save(tmp_path / "a.xlsx")
    result = run(tmp_path / "a.xlsx")
    assert result.refusals == []
    assert done(result) == {"products created": 1, "SKUs created": 3}
    assert set(db.session.scalars(select(Sku.price_fen))) == {5990}


def test_cells_that_were_merged_refuse_their_product_in_a_csv(app: object, tmp_path: Path) -> None:
    below = {"商品编号": "", "商品名称": "", "SKU编号": "P1-2", "规格值": "大;蓝"}
    other = {"商品编号": "P2", "SKU编号": "P2-1"}
    result = run(sheet(tmp_path / "a.csv", {}, below, other))
    assert sorted((one.line, one.column) for one in result.refusals) == [(2, ""), (3, "商品编号")]
    assert done(result) == {"products created": 1, "SKUs created": 1}


def test_a_column_that_nobody_knows_is_named(cli: Callable[..., Result], tmp_path: Path) -> None:
    file = sheet(tmp_path / "a.csv", {"重量（g）": "900"})
    told = cli("catalog", "import", str(file))
    assert told.exit_code == 2
    assert "重量(g)" in told.output
    assert "重量(克)" in told.output, "and those that there are"
    assert everything() == []
    own = sheet(tmp_path / "b.csv", {"#我的备注": "900"})
    assert cli("catalog", "import", str(own)).exit_code == 0


def test_a_report_is_not_wrapped_in_a_pipe(cli: Callable[..., Result], tmp_path: Path) -> None:
    file = sheet(tmp_path / "a.csv", {"商品名称": "长" * 300, "SKU图": "x" * 90})
    told = cli("catalog", "import", str(file)).output
    assert any(
        line.startswith("  line 2, SKU图:") and line.endswith("address")
        for line in told.splitlines()
    )


def test_of_many_products_only_the_one_that_the_database_refuses_stays_out(
    app: object, tmp_path: Path
) -> None:
    gone = "a" * 32 + ".jpg"
    rows = [{"商品编号": f"P{n}", "SKU编号": f"P{n}-1"} for n in range(30)]
    rows[17]["主图"] = gone
    result = run(sheet(tmp_path / "a.csv", *rows))
    assert [one.line for one in result.refusals] == [19]
    assert done(result) == {"products created": 29, "SKUs created": 29}
    assert sum(stocks().values()) == 29 * 7
