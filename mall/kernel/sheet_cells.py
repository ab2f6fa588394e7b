"""The cells of a stranger's sheet as text. Runs in a child with limits (`mall.kernel.contained`).

What is in the file can take all memory, loop, or end the process that reads it: a workbook of
1 KB with one cell in the last row and column asks for half a terabyte, and some readers abort.
"""

from __future__ import annotations

import csv
import io
import pickle
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from mall.kernel.contained_server import Refused
from mall.kernel.seen_text import as_seen

MAX_CELL = 4 * 1024 * 1024
MAX_COLUMNS = 1_000
MAX_ROWS = 1_100_000
"""More than Excel has."""
CHUNK = 1_000
MOST_EXACT = 10**15
"""From here on Excel drops digits of a number."""
NOT_TEXT, NOT_EXCEL, OLD_EXCEL, MERGED = "text", "excel", "old", "merged"
TOO_WIDE, TOO_LONG = "wide", "long"
BAD_LINE = "line"
EXCEL_ERROR, DATE, LONG_NUMBER = "error", "date", "long_number"

Row = tuple[int, list[str], dict[int, str]]
"""Its line, its cells, and by place what Excel has made of some of them: one of the three."""

_ERROR_WORD = re.compile(
    r"#(N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!"
    r"|UNKNOWN!|GETTING_DATA)"
)
_SHORTENED = re.compile(r"-?[0-9](\.[0-9]+)?E\+[0-9]{2,3}")
"""How Excel shows a long number, and writes it to a CSV."""
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_SHORT_DATE = re.compile(
    rf"[0-9]{{1,2}}月[0-9]{{1,2}}日|[0-9]{{1,2}}-({_MONTHS})|({_MONTHS})-[0-9]{{2}}"
)
"""What Excel makes of "1-2", in Chinese and in English."""
_ERROR_CELL = re.compile(rb"""\st\s*=\s*["']e["']""")
_SPANS = re.compile(rb"""number-(rows|columns)-spanned\s*=\s*["']0*([2-9]|1[0-9])""")


def read_rows(raw: bytes, suffix: str) -> list[bytes]:
    """The rows of the first sheet that aren't blank, with the first, in pickled chunks of `Row`.

    Raises Refused with one of the reasons above, and what else there is to say.
    """
    rows = iter(_csv_rows(raw) if suffix == ".csv" else _excel_rows(raw, suffix))
    chunks = []
    while chunk := list(islice(rows, CHUNK)):
        chunks.append(pickle.dumps(chunk))
        if len(chunks) * CHUNK > MAX_ROWS:
            raise Refused(TOO_LONG)
    return chunks


def _csv_rows(raw: bytes) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""))
    while True:
        # A quoted cell may span lines: a row is named by the line on which it starts.
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise Refused(BAD_LINE, line, str(fault)) from None
        yield from _kept(line, [as_seen(cell) for cell in cells], {})


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(NOT_TEXT)


def _excel_rows(raw: bytes, suffix: str) -> Iterator[Row]:
    try:
        _refuse_old(raw)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheet = workbook.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
        filled = _merged(sheet, raw, suffix, len(rows))
        errors = _error_cells(raw)
    except (CalamineError, BadZipFile, ValueError, IndexError, KeyError) as fault:
        raise Refused(NOT_EXCEL, str(fault)[:200]) from None
    for number, values in enumerate(rows):
        for column, top in filled.get(number, {}).items():
            values[column] = rows[top][column]
            if column in errors.get(top + 1, {}):
                errors.setdefault(number + 1, {})[column] = errors[top + 1][column]
        spoilt = {n: DATE for n, value in enumerate(values) if isinstance(value, _TIMES)}
        cells = [_text(value) for value in values]
        for column, word in errors.get(number + 1, {}).items():
            cells += [""] * (column + 1 - len(cells))
            cells[column] = word
        yield from _kept(number + 1, cells, spoilt)


_TIMES = (date, time, timedelta)
_OLE = b"\xd0\xcf\x11\xe0"
"""How a book of Excel 97 begins (.xls), and any that has a password."""


def _refuse_old(raw: bytes) -> None:
    """Books of the binary kinds: in these, calamine doesn't tell an error from an empty cell."""
    if raw.startswith(_OLE) or "xl/workbook.bin" in ZipFile(io.BytesIO(raw)).namelist():
        raise Refused(OLD_EXCEL)


def _merged(
    sheet: CalamineSheet, raw: bytes, suffix: str, height: int
) -> dict[int, dict[int, int]]:
    """By row and column, the row whose value counts there: a merge's value is its first cell's,
    and counts for each row of the merge."""
    if suffix == ".ods" and _SPANS.search(ZipFile(io.BytesIO(raw)).read("content.xml")):
        raise Refused(MERGED)
    filled: dict[int, dict[int, int]] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for row in range(top + 1, min(bottom + 1, height)):
            filled.setdefault(row, {})[left] = top
    return filled


def _error_cells(raw: bytes) -> dict[int, dict[int, str]]:
    """By line and column, the errors that the first sheet shows; calamine leaves these empty.

    Most books have none: then the slower reader isn't asked.
    """
    with ZipFile(io.BytesIO(raw)) as archive:
        if not any(_ERROR_CELL.search(archive.read(part)) for part in archive.namelist()):
            return {}
    found: dict[int, dict[int, str]] = {}
    sheet = load_workbook(io.BytesIO(raw), read_only=True, data_only=True).worksheets[0]
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "e":
                found.setdefault(cell.row, {})[cell.column - 1] = str(cell.value)
    return found


def _kept(line: int, cells: list[str], spoilt: dict[int, str]) -> Iterable[Row]:
    """A row that isn't blank, without the empty cells at its end."""
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise Refused(TOO_WIDE, line)
    if not cells and line > 1:
        return ()
    for place, cell in enumerate(cells):
        if cell[:1] == "#" and _ERROR_WORD.fullmatch(cell):
            spoilt[place] = EXCEL_ERROR
        elif "E+" in cell and _SHORTENED.fullmatch(cell):
            spoilt[place] = LONG_NUMBER
        elif len(cell) <= 6 and _SHORT_DATE.fullmatch(cell):
            spoilt[place] = DATE
    return ((line, cells, spoilt),)


def _text(value: Any) -> str:
    """A cell as Excel shows it: 15 significant digits, no needless zeros.

    A longer number, most often a code that wasn't kept as text, has lost digits: it shows as
    1.23456789012346E+19, which marks it as spoilt.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if abs(value) >= MOST_EXACT:
            return f"{value:.14E}"
        shown = format(Decimal(f"{value:.15g}"), "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return as_seen(str(value))
