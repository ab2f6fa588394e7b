"""Sheets that leave the mall, CSV or Excel, made from a stream of rows.

Memory holds one batch of rows, whatever the sheet's length. A CSV goes out while its rows are
read; a workbook is a zip whose index needs every row, so it is written to a temporary file
first and goes out when it is whole.

A workbook says of each cell whether it is text. A CSV doesn't, and whoever opens it with a double
click gets a formula of "=1+1", another number of an order with 20 digits, a date of "1-2": such
cells are made text there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from mall.kernel.sheets import neutral

Row = Sequence[str]
BATCH = 500
SHEET_ROWS = 1_000_000
"""Of data in one sheet of a workbook (Excel ends at 1,048,576); then the next one begins."""
MAX_CELL = 32_767
_BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the local code page."""
_CHUNK = 256 * 1024
_RETYPED = re.compile(
    r"[0-9]{12,}|0[0-9]+|[0-9]{1,4}[-/][0-9]{1,2}([-/][0-9]{1,4})?|[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"
    r"|[0-9]+(\.[0-9]+)?[Ee]\+?[0-9]+",
    re.ASCII,
)
"""Text that Excel shows as another: long numbers, zeros in front, dates, times, exponents."""
_AS_TEXT = "\t"
"""Before a cell of a CSV it makes Excel keep the text; readers strip it as a blank."""
_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
"""With the carriage return: Excel's own line break in a cell is a line feed."""


class Number(str):
    """A cell that a spreadsheet may add up: a plain decimal number, "-12.50"."""

    __slots__ = ()


def csv_chunks(header: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """The sheet as CSV in UTF-8."""
    yield _BOM.encode()
    lines = chain([header], rows)
    while batch := list(islice(lines, BATCH)):
        text = io.StringIO()
        csv.writer(text).writerows([_plain(cell) for cell in row] for row in batch)
        yield text.getvalue().encode()


def xlsx_chunks(header: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """The sheet as an Excel workbook; very many rows take several sheets."""
    with TemporaryDirectory(prefix="mall-sheet-") as folder:
        path = Path(folder, "book.xlsx")
        _write_book(path, header, rows)
        with path.open("rb") as book:
            while chunk := book.read(_CHUNK):
                yield chunk


def _write_book(path: Path, header: Row, rows: Iterable[Row]) -> None:
    # In constant memory a row is on disk, in `tmpdir`, as soon as the next one begins.
    with Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        book.use_zip64()  # only a part of over 4 GB is then written with it
        left = iter(rows)
        first = next(left, None)
        while not book.worksheets() or first is not None:
            page = book.add_worksheet()
            rest = left if first is None else chain([first], left)
            for number, row in zip(count(), chain([header], islice(rest, SHEET_ROWS))):
                _write_row(page, number, row)
            first = next(left, None)


def _write_row(page: Worksheet, number: int, row: Row) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, Number):
            page.write_number(number, column, float(cell))
        elif cell:
            page.write_string(number, column, _text(cell))


def _plain(cell: str) -> str:
    if isinstance(cell, Number):
        return cell
    return f"{_AS_TEXT}{cell}" if _RETYPED.fullmatch(cell) else neutral(cell)


def _text(cell: str) -> str:
    return _NOT_XML.sub("", cell)[:MAX_CELL]
