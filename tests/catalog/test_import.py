"""The import of a sheet: what goes in, what is refused and why, what a second time changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import select, update

from mall.catalog.importing.running import BATCH
from mall.catalog.models import Brand, Category, Sku, Spu
from mall.inventory.cli import import_files
from mall.inventory.models import Stock
from mall.kernel.db import db, transaction
from mall.kernel.sheets import Refusal
from mall.staff.models import AuditEntry
from tests.support.http import Http
from tests.support.importing import GOOD, done, everything, run, sheet, stocks


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


def test_a_dry_run_shows_what_is_new(app: object, tmp_path: Path) -> None:
    brands = tmp_path / "brands.csv"
    brands.write_text("品牌,介绍,起价(元)\n山竹家,慢,39\n", encoding="utf-8")
    file = sheet(tmp_path / "a.csv", {})
    shown = import_files(file, None, brands, console=Console(quiet=True), dry_run=True)
    assert [str(change) for change in shown.changes] == [
        "line 2, 山竹家, 品牌: new → 山竹家",
        "line 2, P1, 商品名称: new → 荞麦枕头",
        "line 2, P1, SKU编号: new → P1-1",
    ]
    import_files(file, None, brands, console=Console(quiet=True))
    brands.write_text("品牌,介绍,起价(元)\n山竹家,快,\n", encoding="utf-8")
    again = import_files(file, None, brands, console=Console(quiet=True))
    assert [str(change) for change in again.changes] == ["line 2, 山竹家, 介绍: 慢 → 快"]
    assert done(again) == {"brands updated": 1, "products unchanged": 1, "SKUs unchanged": 1}
    assert db.session.scalar(select(Brand.lowest_price_fen)) == 3900, (
        "an empty cell changes nothing"
    )


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


def test_html_is_cleaned_on_the_way_in(app: object, tmp_path: Path) -> None:
    dirty = (
        '<p style="x" onclick="y">好<script>z()</script><img src="https://a/b.jpg" _src="c"></p>'
    )
    run(sheet(tmp_path / "a.csv", {"详情HTML": dirty}))
    assert db.session.scalar(select(Spu.detail_html)) == '<p>好<img src="https://a/b.jpg"></p>'


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
