"""The import as a person meets it: files, the command, the template."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import Workbook
from sqlalchemy import select

from mall.catalog.importing.template import column_rows
from mall.catalog.models import Sku, Spu
from mall.kernel.db import db
from mall.staff.models import AuditEntry
from tests.conftest import ROOT
from tests.support.http import Http
from tests.support.importing import GOOD, done, everything, run, sheet, stocks
from tests.support.staff import make_staff


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
