"""Sheets that are made to harm their reader: one clear error, and the reader goes on."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from mall.kernel.sheets import Columns, SheetError, read_sheet

ANY = Columns(others=True)
MOST_MB = 300
"""What this process may grow by: a tenth of what the sheets ask for."""


def book(rows: int = 3) -> bytes:
    """An ordinary workbook."""
    made = Workbook()
    page = made.active
    assert page is not None
    page.append(["编码", "名称"])
    for number in range(rows):
        page.append([f"A{number}", "四件套"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_sheet(xml: bytes) -> bytes:
    """An ordinary workbook whose first sheet is this."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(book())) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for part in old.namelist():
            is_sheet = part == "xl/worksheets/sheet1.xml"
            new.writestr(part, xml if is_sheet else old.read(part))
    return out.getvalue()


def sheet_xml(cells: bytes) -> bytes:
    return (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>" + cells + b"</sheetData></worksheet>"
    )


def ods(table: str) -> bytes:
    out = io.BytesIO()
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {namespaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("META-INF/manifest.xml", "<manifest/>")
        made.writestr("content.xml", content)
    return out.getvalue()


_CELL = '<table:table-cell office:value-type="string"{}><text:p>x</text:p></table:table-cell>'
HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a cell in the last corner": (
        ".xlsx",
        lambda: with_sheet(sheet_xml(b'<row r="1"><c r="XFD1048576"><v>1</v></c></row>')),
    ),
    "with spaces around =": (
        ".xlsx",
        lambda: with_sheet(sheet_xml(b'<row r="1"><c r = "XFD1048576"><v>1</v></c></row>')),
    ),
    "in small letters": (
        ".xlsx",
        lambda: with_sheet(sheet_xml(b'<row r="1"><c r="xfd1048576"><v>1</v></c></row>')),
    ),
    "beyond the last corner": (
        ".xlsx",
        lambda: with_sheet(sheet_xml(b'<row r="1"><c r="ZZZZZZ999999999"><v>1</v></c></row>')),
    ),
    "packed a thousandfold": (
        ".xlsx",
        lambda: with_sheet(sheet_xml(b"<row><c><v>1</v></c></row>" * 12_000_000)),
    ),
    "repeated cells": (
        ".ods",
        lambda: ods(
            "<table:table-row table:number-rows-repeated='1000000'>"
            + _CELL.format(" table:number-columns-repeated='1000'")
            + "</table:table-row>"
        ),
    ),
    "a row of a million cells": (".csv", lambda: b"a,b\n" + b"," * 1_000_000 + b"x\n"),
    "a cell of five million characters": (".csv", lambda: b"a,b\n" + b"x" * 5_000_000 + b"\n"),
    "quotes without an end": (".csv", lambda: b'a,b\n"' + b"x\n" * 3_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_one_clear_error_and_the_reader_goes_on(tmp_path: Path, name: str) -> None:
    suffix, make = HOSTILE[name]
    path = tmp_path / f"a{suffix}"
    path.write_bytes(make())
    before = psutil.Process(os.getpid()).memory_info().rss
    with pytest.raises(SheetError) as told:
        read_sheet(path, Columns(("编码",), others=True))
    assert "\n" not in str(told.value)
    assert told.value.chinese
    assert (psutil.Process(os.getpid()).memory_info().rss - before) / 1024 / 1024 < MOST_MB
    good = tmp_path / "good.xlsx"
    good.write_bytes(book())
    assert len(read_sheet(good, ANY).rows) == 3


def test_merged_cells_of_an_ods_are_refused(tmp_path: Path) -> None:
    """What is below the first row of a merge looks empty there."""
    path = tmp_path / "a.ods"
    cell = _CELL.format(' table:number-rows-spanned="2"')
    path.write_bytes(ods(f"<table:table-row>{cell}</table:table-row>"))
    with pytest.raises(SheetError, match="merged cells"):
        read_sheet(path, ANY)


_ORDINARY = book(20)
_ORDINARY_ODS = ods(f"<table:table-row>{_CELL.format('')}</table:table-row>" * 3)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    base=st.sampled_from([(".xlsx", _ORDINARY), (".ods", _ORDINARY_ODS), (".xls", _ORDINARY)]),
    changes=st.lists(
        st.tuples(st.integers(0, len(_ORDINARY)), st.binary(min_size=1, max_size=12)), max_size=8
    ),
)
def test_changed_files(
    tmp_path: Path, base: tuple[str, bytes], changes: list[tuple[int, bytes]]
) -> None:
    """Whatever the bytes: rows, or one error."""
    suffix, raw = base
    content = bytearray(raw)
    for place, piece in changes:
        content[place : place + len(piece)] = piece
    check(tmp_path / f"a{suffix}", bytes(content))


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from([b'r="A1"', b'r = "B2"', b'r="xfd9"', b"", b"r='Z1048576'", b'r="1A"']),
            st.sampled_from([b"", b't="e"', b't="s"', b't="b"', b't="inlineStr"', b't="d"']),
            st.sampled_from([b"1", b"#N/A", b"-1", b"9" * 400, b"1e999", b"nan", "四".encode()]),
        ),
        max_size=30,
    )
)
def test_changed_cells(tmp_path: Path, cells: list[tuple[bytes, bytes, bytes]]) -> None:
    inside = b"".join(b"<c %b %b><v>%b</v></c>" % one for one in cells)
    check(tmp_path / "a.xlsx", with_sheet(sheet_xml(b"<row>" + inside + b"</row>")))


def check(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        sheet = read_sheet(path, ANY)
    except SheetError as fault:
        assert "\n" not in str(fault)  # noqa: PT017 - both ends are right
        assert fault.chinese  # noqa: PT017
        return
    assert all(isinstance(cell, str) for row in sheet.rows for cell in row.values.values())
