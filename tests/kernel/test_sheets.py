"""Merchants' sheets as they really come."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from mall.kernel.sheets import Refusal, SheetError, read_sheet, report


def csv_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "sheet.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_china(tmp_path: Path, encoding: str) -> None:
    sheet = read_sheet(csv_file(tmp_path, "编码,名称\n1, 四件套 \n", encoding), required=("编码",))
    assert sheet.headers == ("编码", "名称")
    assert [(row.line, row.values) for row in sheet.rows] == [
        (2, {"编码": "1", "名称": "四件套"}),
    ]


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    sheet = read_sheet(csv_file(tmp_path, '名称,详情\r\na,"x\ny\nz"\r\n\r\n,\r\nb,w\r\n'))
    assert [(row.line, row.values["名称"]) for row in sheet.rows] == [(2, "a"), (7, "b")]
    assert sheet.rows[0].values["详情"] == "x\ny\nz"


def test_a_short_row_is_filled_and_a_long_one_marked(tmp_path: Path) -> None:
    sheet = read_sheet(csv_file(tmp_path, "a,b\n1\n1,2,3\n1,2,\n"))
    assert [row.values for row in sheet.rows] == [{"a": "1", "b": ""}] + [{"a": "1", "b": "2"}] * 2
    assert [row.misfit() is None for row in sheet.rows] == [True, False, True]


def test_headers_are_compared_without_width(tmp_path: Path) -> None:
    sheet = read_sheet(csv_file(tmp_path, "售价（元）\n1\n"), required=("售价(元)",))
    assert sheet.rows[0].values == {"售价(元)": "1"}


def test_a_missing_column_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="no column 编码, 级别; it has 名称"):
        read_sheet(csv_file(tmp_path, "名称\n1\n"), required=("编码", "名称", "级别"))


def test_excel_cells_read_as_a_person_reads_them(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["编号", "价格", "上架", "名称"])
    page.append([1006002, 899.0, True, " 被 "])
    page.append([None, None, None, None])
    page.append([1.5, 0.1 + 0.2, False, None])
    path = tmp_path / "sheet.xlsx"
    book.save(path)
    rows = read_sheet(path).rows
    assert [(row.line, list(row.values.values())) for row in rows] == [
        (2, ["1006002", "899", "TRUE", "被"]),
        (4, ["1.5", "0.3", "FALSE", ""]),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "no column"),
        ("a.csv", b"\xff\xfe\x00\x81", "neither UTF-8 nor GB18030"),
        ("a.xlsx", b"not a workbook", "can't be read as an Excel file"),
        ("a.csv", "名,名\n".encode(), "two columns are named 名"),
    ],
)
def test_files_that_cant_be_read(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SheetError, match=message):
        read_sheet(path, required=("编码",))


@pytest.mark.parametrize("name", [b"sheet1.XML", b"sheet1.data"])
def test_cells_too_far_apart_under_another_name(tmp_path: Path, name: bytes) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.cell(11_000, 1_000).value = "x"
    book.save(tmp_path / "book.xlsx")
    renamed = tmp_path / "sheet.xlsx"
    with ZipFile(tmp_path / "book.xlsx") as source, ZipFile(renamed, "w") as target:
        for part in source.namelist():
            inside = source.read(part).replace(b"sheet1.xml", name)
            target.writestr(part.replace("sheet1.xml", name.decode()), inside)
    with pytest.raises(SheetError, match="too far apart"):
        read_sheet(renamed)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="No such file"):
        read_sheet(tmp_path / "none.csv")


def test_the_report_is_in_the_order_of_the_file() -> None:
    refusals = [Refusal(9, "级别", "not 1 to 3"), Refusal(2, "", "twice"), Refusal(3, "a", "b")]
    assert list(report(refusals, at_most=2)) == ["line 2: twice", "line 3, a: b", "… and 1 more"]
