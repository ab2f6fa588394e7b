"""Workbooks and CSVs that are written row by row."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

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
    assert found == [HEADER, ("00123", -12.5), ("'=1+1", 7), ("a<&>\"'\n ", None)]


@pytest.mark.parametrize(("write", "suffix"), [(csv_chunks, ".csv"), (xlsx_chunks, ".xlsx")])
def test_what_goes_out_can_come_in(
    write: Callable[..., Iterator[bytes]], suffix: str, tmp_path: Path
) -> None:
    """Read by calamine, as an uploaded sheet is."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"".join(write(HEADER, [("A,1", Number("12.50")), ("-1", Number("-1"))])))
    sheet = read_sheet(path, Columns(HEADER))
    assert sheet.headers == HEADER
    assert [row.values["编码"] for row in sheet.rows] == ["A,1", "'-1"]
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
    ((_, row),) = sheets_of([("A", text)])
    assert not (row[1] or "").startswith(("=", "+", "-", "@", "\t"))


def test_a_formula_behind_what_xml_cannot_hold() -> None:
    ((_, row),) = sheets_of([("A", "\x0b=1+1")])
    assert row == ("A", "'=1+1")


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
