"""Workbooks and CSVs that are written row by row."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from mall.kernel import sheet_chunks
from mall.kernel.sheet_chunks import Number, csv_chunks, xlsx_chunks
from mall.kernel.sheets import Columns, read_sheet

HEADER = ("编码", "价")


def sheets_of(rows: Iterable[tuple[str, ...]], header: tuple[str, ...] = HEADER) -> list[list[Any]]:
    """What openpyxl finds in each sheet of the workbook."""
    book = load_workbook(io.BytesIO(b"".join(xlsx_chunks(header, rows))))
    return [[tuple(row) for row in page.iter_rows(values_only=True)] for page in book.worksheets]


def test_text_stays_text_and_numbers_add_up() -> None:
    rows = [("00123", Number("-12.50")), ("=1+1", Number("7")), ("a<&>\"'\r\n ", "")]
    (found,) = sheets_of(rows)
    assert found == [HEADER, ("00123", -12.5), ("=1+1", 7), ("a<&>\"'\n ", None)]


@pytest.mark.parametrize(("write", "suffix"), [(csv_chunks, ".csv"), (xlsx_chunks, ".xlsx")])
def test_what_goes_out_can_come_in(
    write: Callable[..., Iterator[bytes]], suffix: str, tmp_path: Path
) -> None:
    """Read by calamine, as an uploaded sheet is."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"".join(write(HEADER, [("A,1", Number("12.50")), ("-1", Number("-1"))])))
    sheet = read_sheet(path, Columns(HEADER))
    assert sheet.headers == HEADER
    assert [row.values["编码"].removeprefix("'") for row in sheet.rows] == ["A,1", "-1"]
    assert [float(row.values["价"]) for row in sheet.rows] == [12.5, -1]


def test_very_many_rows_take_several_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_chunks, "SHEET_ROWS", 600)
    rows = [(str(n), "x") for n in range(1200)]
    found = sheets_of(rows)
    assert [len(sheet) for sheet in found] == [601, 601]
    assert [row for sheet in found for row in sheet[1:]] == rows
    assert [len(sheet) for sheet in sheets_of([])] == [1]


def test_more_than_26_columns() -> None:
    wide = tuple(f"c{n}" for n in range(60))
    assert sheets_of([], wide) == [[wide]]


@given(st.text(max_size=50))
@settings(max_examples=150, deadline=None)
def test_any_text_makes_a_workbook_that_opens(text: str) -> None:
    content = b"".join(xlsx_chunks(HEADER, [("A", text)]))
    page = load_workbook(io.BytesIO(content)).worksheets[0]
    assert {cell.data_type for row in page for cell in row if cell.value is not None} == {"s"}
    assert b"<f>" not in ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_a_formula_behind_what_xml_cannot_hold() -> None:
    ((_, row),) = sheets_of([("A", "\x0b=1+1")])
    assert row == ("A", "=1+1")


def test_a_cell_has_its_most() -> None:
    ((_, row),) = sheets_of([("A", "长" * 40_000)])
    assert len(row[1]) == sheet_chunks.MAX_CELL


def test_a_download_that_breaks_off_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    chunks = xlsx_chunks(HEADER, [("A", "x")])
    next(chunks)
    assert list(tmp_path.iterdir())
    chunks.close()  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())


def test_rows_that_fail_leave_no_file_and_no_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> Iterator[tuple[str, ...]]:
        yield ("A", "x")
        raise OSError("the database went away")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OSError, match="went away"):
        next(xlsx_chunks(HEADER, rows()))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "cell",
    ["2026112800001234567", "00123", "1-2", "2026-11-28", "2026/1/2", "12:30", "1E5", "1.5e+10"],
)
def test_a_csv_survives_a_double_click(cell: str, tmp_path: Path) -> None:
    """Excel keeps what follows a tab as text; whoever reads the sheet finds the cell as it was."""
    content = b"".join(csv_chunks(HEADER, [(cell, Number("1"))]))
    assert f"\n\t{cell},1" in content.decode().replace("\r", "")
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert read_sheet(path, Columns(HEADER)).rows[0].values["编码"] == cell
    ((_, (kept, _)),) = sheets_of([(cell, Number("1"))])
    assert kept == cell, "a workbook needs no mark"


@pytest.mark.parametrize("cell", ["12345678901", "A00123", "1-2-3-4", "枕头", "3.5", "1e", "12:3"])
def test_other_cells_of_a_csv_stay_as_they_are(cell: str) -> None:
    assert f"\n{cell}," in b"".join(csv_chunks(HEADER, [(cell, "")])).decode().replace("\r", "")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x"])
def test_what_only_looks_like_a_formula(cell: str) -> None:
    ((_, (kept, _)),) = sheets_of([(cell, "")])
    assert kept == cell
    assert f"\n'{cell}," in b"".join(csv_chunks(HEADER, [(cell, "")])).decode().replace("\r", "")
