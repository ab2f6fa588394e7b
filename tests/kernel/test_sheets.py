"""Merchants' sheets as they really come."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from xlsxwriter import Workbook as XlsxBook

from mall.kernel.sheets import Columns, Refusal, SheetError, read_sheet, report

ANY = Columns(others=True)


def csv_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "sheet.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_china(tmp_path: Path, encoding: str) -> None:
    sheet = read_sheet(
        csv_file(tmp_path, "编码,名称\n1, 四件套 \n", encoding), Columns(("编码",), ("名称",))
    )
    assert sheet.headers == ("编码", "名称")
    assert [(row.line, row.values) for row in sheet.rows] == [
        (2, {"编码": "1", "名称": "四件套"}),
    ]


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    sheet = read_sheet(csv_file(tmp_path, '名称,详情\r\na,"x\ny\nz"\r\n\r\n,\r\nb,w\r\n'), ANY)
    assert [(row.line, row.values["名称"]) for row in sheet.rows] == [(2, "a"), (7, "b")]
    assert sheet.rows[0].values["详情"] == "x\ny\nz"


def test_a_short_row_is_filled_and_a_long_one_marked(tmp_path: Path) -> None:
    sheet = read_sheet(csv_file(tmp_path, "a,b\n1\n1,2,3\n1,2,\n"), ANY)
    assert [row.values for row in sheet.rows] == [{"a": "1", "b": ""}] + [{"a": "1", "b": "2"}] * 2
    assert [row.faults == () for row in sheet.rows] == [True, False, True]


def test_headers_are_compared_without_width(tmp_path: Path) -> None:
    sheet = read_sheet(csv_file(tmp_path, "售价（元）\n1\n"), Columns(("售价(元)",)))
    assert sheet.rows[0].values == {"售价(元)": "1"}


def test_a_missing_column_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="no column 编码, 级别; it has 名称"):
        read_sheet(csv_file(tmp_path, "名称\n1\n"), Columns(("编码", "名称", "级别")))


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
    rows = read_sheet(path, ANY).rows
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
        read_sheet(path, Columns(("编码",)))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="No such file"):
        read_sheet(tmp_path / "none.csv", ANY)


def test_the_report_is_in_the_order_of_the_file() -> None:
    refusals = [Refusal(9, "级别", "not 1 to 3"), Refusal(2, "", "twice"), Refusal(3, "a", "b")]
    assert list(report(refusals, at_most=2)) == ["line 2: twice", "line 3, a: b", "… and 1 more"]


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!"])
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_an_error_of_excel_is_a_fault(tmp_path: Path, suffix: str, cell: str) -> None:
    row = read_sheet(spoilt(tmp_path, suffix, cell), ANY).rows[0]
    ((column, words),) = row.faults
    assert (column, "error of Excel" in words.english) == ("b", True)


def test_the_result_of_a_formula_is_read_and_its_error_found(tmp_path: Path) -> None:
    book = XlsxBook(str(tmp_path / "a.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, ["a", "b"])
    page.write_formula(1, 0, "=1+1", None, "2")
    page.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    book.close()
    row = read_sheet(tmp_path / "a.xlsx", ANY).rows[0]
    assert row.values == {"a": "2", "b": "#DIV/0!"}
    assert [column for column, _ in row.faults] == ["b"]


@pytest.mark.parametrize("cell", [12345678901234567890, 1e15, date(2026, 1, 2), time(1, 2)])
def test_what_excel_made_of_a_code_is_a_fault(tmp_path: Path, cell: object) -> None:
    row = read_sheet(spoilt(tmp_path, ".xlsx", cell), ANY).rows[0]
    ((column, words),) = row.faults
    assert (column, "format the column as text" in words.english) == ("b", True)
    assert "设为文本格式" in words.chinese


@pytest.mark.parametrize("cell", ["1.23457E+19", "6.90E+12", "1月2日", "2-Jan", "Jan-02"])
def test_so_it_is_in_a_csv_that_excel_wrote(tmp_path: Path, cell: str) -> None:
    assert read_sheet(spoilt(tmp_path, ".csv", cell), ANY).rows[0].faults


@pytest.mark.parametrize(
    "cell", ["6901234567892", "123456789012345678", "1-2", "A1E+5x", "#1", "1月", "Jan", "1e5"]
)
def test_text_is_no_fault(tmp_path: Path, cell: str) -> None:
    for suffix in (".csv", ".xlsx"):
        row = read_sheet(spoilt(tmp_path, suffix, cell), ANY).rows[0]
        assert (row.values["b"], row.faults) == (cell, ())


def test_a_column_of_dates_may_hold_dates(tmp_path: Path) -> None:
    file = spoilt(tmp_path, ".xlsx", datetime.fromisoformat("2026-01-02T03:04:05"))
    row = read_sheet(file, Columns(("a", "b"), dates=("b",))).rows[0]
    assert (row.values["b"], row.faults) == ("2026-01-02 03:04:05", ())


def test_a_merged_cell_counts_for_each_row_that_there_is(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["a", "b"], ["x", 1], [None, 2], ["y", 3]):
        page.append(row)
    page.merge_cells("A2:A3")
    page.merge_cells("B4:B9000")
    book.save(tmp_path / "a.xlsx")
    rows = read_sheet(tmp_path / "a.xlsx", ANY).rows
    assert [tuple(row.values.values()) for row in rows[:3]] == [("x", "1"), ("x", "2"), ("y", "3")]


def test_an_error_in_a_merged_cell_is_one_of_each_row(tmp_path: Path) -> None:
    book = XlsxBook(str(tmp_path / "a.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, ["a", "b"])
    page.merge_range("A2:A3", "")
    page.write_formula(1, 0, "=1/0", None, "#DIV/0!")
    page.write_row(1, 1, ["x"])
    page.write_row(2, 1, ["y"])
    book.close()
    rows = read_sheet(tmp_path / "a.xlsx", ANY).rows
    assert [[column for column, _ in row.faults] for row in rows] == [["a"], ["a"]]


@pytest.mark.parametrize("kind", ["xls", "xlsb"])
def test_books_whose_errors_cant_be_told_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "xls":
        path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    else:
        with ZipFile(path, "w") as book:
            book.writestr("xl/workbook.bin", b"x")
    with pytest.raises(SheetError, match=r"save it as \.xlsx") as told:
        read_sheet(path, ANY)
    assert "请另存为" in told.value.chinese


@pytest.mark.parametrize("own", [True, False])
def test_a_column_that_nobody_reads(tmp_path: Path, own: bool) -> None:
    file = csv_file(tmp_path, f"a,{'#' if own else ''}c\n1,#N/A\n")
    if own:
        assert read_sheet(file, Columns(("a",), ("b",))).rows[0].faults == ()
        return
    with pytest.raises(SheetError, match="nobody reads: c") as told:
        read_sheet(file, Columns(("a",), ("b",)))
    assert "无法识别的列：c" in told.value.chinese
    assert read_sheet(file, ANY).unknown == ("a", "c")


def spoilt(folder: Path, suffix: str, cell: object) -> Path:
    """A sheet of the columns a and b with that cell at b2."""
    path = folder / f"a{suffix}"
    if suffix == ".csv":
        path.write_text(f"a,b\n1,{cell}\n", encoding="utf-8")
        return path
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["a", "b"])
    page.append(["1", cell])
    book.save(path)
    return path
