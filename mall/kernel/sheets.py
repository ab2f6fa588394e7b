"""A merchant's sheet: CSV or Excel in, rows of text out, each with its line number.

CSVs come as Excel writes them in China: UTF-8 with or without BOM, or GB18030. Headers are
compared after NFKC, so `售价（元）` is `售价(元)`. Every cell is text as a person would read
it in Excel: 899.0 is "899".

An importer reads row by row, collects a `Refusal` for each fault and lets the rest in:

    sheet = read_sheet(path, required=("编码", "名称"))
    for row in sheet.rows:
        code = row.values["编码"]
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook

EXCEL_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
MAX_BYTES = 64 * 1024 * 1024
MAX_CELL = 4 * 1024 * 1024
MAX_AREA = 10_000_000
"""Cells between the first and the last of a sheet: they are held in memory, empty or not."""
MOST_EXACT = 10**15
"""From here on Excel drops digits of a number."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLACE = re.compile(rb"\sr=[\"']([A-Z]{0,3})([0-9]{1,7})[\"']")


class SheetError(Exception):
    """The whole file can't be read. The text says why to an operator, `told` (in Chinese) to staff
    who uploaded the file under a name of theirs."""

    def __init__(self, text: str, told: str) -> None:
        super().__init__(text)
        self.told = told


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one row doesn't go in. `column` is the header at fault, or "" for the row."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: `line` as an editor or Excel counts it, `values` by header, stripped.

    `surplus` is the number of filled cells to the right of the last header: the row is
    shifted, most often by a comma without quotes, and must not be trusted.
    """

    line: int
    values: dict[str, str]
    surplus: int = 0

    def misfit(self) -> Refusal | None:
        """The refusal of a row that has more cells than the sheet has columns."""
        if not self.surplus:
            return None
        return Refusal(self.line, "", f"{self.surplus} more cells than there are columns")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The headers and every row that isn't blank."""

    headers: tuple[str, ...]
    rows: Sequence[SheetRow]


def read_sheet(path: Path, *, required: Collection[str] = ()) -> Sheet:
    """Read the first sheet of a CSV or Excel file.

    Raises SheetError for a file that can't be read, has no rows, names a column twice or
    lacks one of `required`.
    """
    headers, rows = stream_sheet(path, required=required)
    return Sheet(headers, list(rows))


def stream_sheet(
    path: Path, *, required: Collection[str] = ()
) -> tuple[tuple[str, ...], Iterator[SheetRow]]:
    """`read_sheet` row by row, for long sheets; the rows may raise SheetError, too."""
    lines = _excel_lines(path) if path.suffix.lower() in EXCEL_SUFFIXES else _csv_lines(path)
    _, first = next(lines, (0, []))
    headers = _headers(first)
    missing = [name for name in required if normal(name) not in headers]
    if missing:
        there = ", ".join(headers) or "none"
        raise SheetError(
            f"{path.name} has no column {', '.join(missing)}; it has {there}",
            f"缺少列：{'、'.join(missing)}",
        )
    return headers, (_row(line, cells, headers) for line, cells in lines if any(cells))


def normal(header: str) -> str:
    """A header as it is compared."""
    return unicodedata.normalize("NFKC", header).strip()


def neutral(cell: str) -> str:
    """A cell of an export as text that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def report(refusals: Iterable[Refusal], *, at_most: int = 200) -> Iterator[str]:
    """The refusals as lines of text for a person, in the order of the file."""
    ordered = sorted(refusals, key=lambda refusal: refusal.line)
    yield from map(str, ordered[:at_most])
    if len(ordered) > at_most:
        yield f"… and {len(ordered) - at_most} more"


def _headers(cells: Sequence[str]) -> tuple[str, ...]:
    headers = [normal(cell) for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    named = [name for name in headers if name]
    double = sorted({name for name in named if named.count(name) > 1})
    if double:
        raise SheetError(
            f"two columns are named {', '.join(double)}", f"列名重复：{'、'.join(double)}"
        )
    return tuple(headers)


def _row(line: int, cells: Sequence[str], headers: Sequence[str]) -> SheetRow:
    padded = [*cells, *[""] * (len(headers) - len(cells))]
    values = {name: cell for name, cell in zip(headers, padded, strict=False) if name}
    return SheetRow(line, values, sum(1 for cell in cells[len(headers) :] if cell))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            size = f"{MAX_BYTES // 1024 // 1024} MB"
            raise SheetError(f"{path.name} is larger than {size}", f"文件超过 {size}")
        return path.read_bytes()
    except OSError as fault:
        raise SheetError(f"{path}: {fault.strerror}", "文件打不开") from None


def _csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(_decoded(path), newline=""))
    while True:
        # A quoted cell may span lines: a row is named by the line on which it starts.
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise SheetError(
                f"{path.name}, line {line}: {fault}", f"第 {line} 行格式有误"
            ) from None
        yield line, [cell.strip() for cell in cells]


def _decoded(path: Path) -> str:
    raw = _read(path)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError(
        f"{path.name} is neither UTF-8 nor GB18030 text; save it as CSV UTF-8",
        "文字编码无法识别，请另存为 UTF-8 编码的 CSV",
    )


def _excel_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        raw = _read(path)
        _check_size(path, raw)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, BadZipFile, ValueError, IndexError) as fault:
        raise SheetError(
            f"{path.name} can't be read as an Excel file: {fault}", "不是完好的 Excel 文件"
        ) from None
    for line, cells in enumerate(rows, start=1):
        yield line, [_cell(value) for value in cells]


def _check_size(path: Path, raw: bytes) -> None:
    """Refuse a workbook that would fill the memory: packed too well, or with cells far apart."""
    if not raw.startswith(b"PK"):
        return
    with ZipFile(io.BytesIO(raw)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > 2 * MAX_BYTES:
            size = f"{2 * MAX_BYTES // 1024 // 1024} MB"
            raise SheetError(f"{path.name} unpacks to more than {size}", f"解压后超过 {size}")
        # Any part may be the sheet, whatever its name. Reading it shows a false size, too.
        for part in parts:
            if _area(archive.read(part)) > MAX_AREA:
                raise SheetError(f"{path.name} has cells too far apart", "单元格分布过于分散")


def _area(xml: bytes) -> int:
    rows = columns = 1
    for place in _PLACE.finditer(xml):
        columns = max(columns, _column(place[1]))
        rows = max(rows, int(place[2]))
    return rows * columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _cell(value: Any) -> str:
    """A cell as Excel shows it: 15 significant digits, no needless zeros.

    A longer number, most often a code that wasn't kept as text, has lost digits: it shows as
    1.23456789012346E+19, so that nobody takes it for the code.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if abs(value) >= MOST_EXACT:
            return f"{value:.15g}".upper()
        shown = format(Decimal(f"{value:.15g}"), "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()
