"""Sheets that leave the mall, CSV or Excel, made piece by piece from a stream of rows.

Memory holds one batch of rows, whatever the sheet's length, and the first piece goes out
before the last row is read. The workbook is written here and not by openpyxl, which needs
the whole file before it gives any, and twenty times the CPU. A cell that a spreadsheet
would run as a formula is made text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile

from mall.kernel.sheets import neutral

Row = Sequence[str]
BATCH = 500
SHEET_ROWS = 1_000_000
"""Of data in one sheet of a workbook (Excel ends at 1,048,576); then the next one begins."""
SHEET_BYTES = 1_500_000_000
"""Of unpacked text in one: beyond 2 GiB a zip needs what older readers don't know."""
MAX_CELL = 32_767
_BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the local code page."""
_PACKED = 1
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


class Number(str):
    """A cell that a spreadsheet may add up: a plain decimal number, "-12.50"."""

    __slots__ = ()


def csv_pieces(header: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """The sheet as CSV in UTF-8."""
    yield _BOM.encode()
    lines = chain([header], rows)
    while batch := list(islice(lines, BATCH)):
        text = io.StringIO()
        csv.writer(text).writerows([_plain(cell) for cell in row] for row in batch)
        yield text.getvalue().encode()


def xlsx_pieces(header: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """The sheet as an Excel workbook; very many rows take several sheets."""
    sink, left, sheets = _Sink(), iter(rows), 0
    with ZipFile(cast(IO[bytes], sink), "w", ZIP_DEFLATED, compresslevel=_PACKED) as book:
        first = next(left, None)
        while sheets == 0 or first is not None:
            sheets += 1
            rest = left if first is None else chain([first], left)
            with book.open(f"xl/worksheets/sheet{sheets}.xml", "w") as part:
                yield from _filled(part, sink, header, rest)
            first = next(left, None)
        for name, content in _parts(sheets):
            book.writestr(name, content)
    yield sink.taken()


def _filled(part: IO[bytes], sink: _Sink, header: Row, rows: Iterator[Row]) -> Iterator[bytes]:
    """Write one sheet until it is full or `rows` end, giving what is ready."""
    part.write(_SHEET_HEAD + _line(1, header))
    number, size = 1, 0
    while batch := list(islice(rows, min(BATCH, SHEET_ROWS + 1 - number))):
        text = b"".join(_line(number + i, row) for i, row in enumerate(batch, start=1))
        part.write(text)
        number, size = number + len(batch), size + len(text)
        if ready := sink.taken():
            yield ready
        if size > SHEET_BYTES:
            break
    part.write(_SHEET_TAIL)


def _line(number: int, row: Row) -> bytes:
    cells = "".join(
        f'<c r="{_column(i)}{number}"><v>{cell}</v></c>'
        if isinstance(cell, Number)
        else f'<c r="{_column(i)}{number}" t="inlineStr"><is>'
        f'<t xml:space="preserve">{_text(cell)}</t></is></c>'
        for i, cell in enumerate(row)
        if cell
    )
    return f'<row r="{number}">{cells}</row>'.encode()


def _column(index: int) -> str:
    return chr(65 + index) if index < 26 else _column(index // 26 - 1) + chr(65 + index % 26)


def _plain(cell: str) -> str:
    return cell if isinstance(cell, Number) else neutral(cell)


def _text(cell: str) -> str:
    # In this order: what XML can't hold may stand before a formula.
    return neutral(_NOT_XML.sub("", cell))[:MAX_CELL].translate(_MARKUP)


class _Sink:
    """What the zip writes to: it can't seek, and is emptied as it fills."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))  # the zip may use its buffer again
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET_HEAD = f'{_XML}<worksheet xmlns="{_SPREADSHEET}"><sheetData>'.encode()
_SHEET_TAIL = b"</sheetData></worksheet>"


def _parts(sheets: int) -> Iterator[tuple[str, str]]:
    """The parts of a workbook around its sheets."""
    numbers = range(1, sheets + 1)
    each = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>{each}</Types>',
    )
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    yield (
        "xl/_rels/workbook.xml.rels",
        _relations([("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]),
    )
    listed = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'
