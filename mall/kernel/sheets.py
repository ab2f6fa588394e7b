"""A merchant's sheet: CSV or Excel in, rows of text out, each with its line number.

CSVs come as Excel writes them in China: UTF-8 with or without BOM, or GB18030. Headers are
compared after NFKC, so `售价（元）` is `售价(元)`. Every cell is text as a person would read
it in Excel: 899.0 is "899". A merged cell's value counts for each row of the merge. The file is
read in a child with limits, since it may be made to harm its reader (`sheet_cells`).

An importer says which columns there are, reads row by row, collects a `Refusal` for each fault
and lets the rest in:

    sheet = read_sheet(path, Columns(required=("编码", "名称")))
    for row in sheet.rows:
        code = row.values["编码"]
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import structlog

from mall.kernel import sheet_cells
from mall.kernel.contained import ContainedError, Limits, Reason, Refused, run
from mall.kernel.plain import plain_values
from mall.kernel.sheet_cells import DATE, EXCEL_ERROR, LONG_NUMBER

EXCEL_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
MAX_BYTES = 64 * 1024 * 1024
LIMITS = Limits(memory_mb=1024, seconds=20, answer_bytes=256 * 1024 * 1024)
"""A million cells of xlsx (3 MB) took 6 s on one slow core; the caller grew to 184 MB."""
MOST_NAMED, MOST_SHOWN = 10, 30
"""Columns that a sentence names, and characters of each."""
ASIDE = "#"
"""A column whose name begins with it is the merchant's own: nobody reads it."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Words(NamedTuple):
    """A sentence for the command line, and the same for staff."""

    english: str
    chinese: str


class SheetError(Exception):
    """The whole file can't be read; the text says why to the person who gave it."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.chinese = chinese


class SheetsBusy(SheetError):
    """Others are being read; the same file can be read a moment later."""

    def __init__(self) -> None:
        super().__init__(
            "too many sheets are being read; try again in a moment",
            "正在处理其他表格，请稍后再试",
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a kind of sheet. A date that Excel made of a text is refused but in `dates`.

    A column that isn't among them is refused by its name, so that a slip isn't taken for an
    empty column, unless `others` are let by: sheets that another program writes have many.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    others: bool = False


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

    `faults` are what is wrong whatever the columns mean, by column: a cell that Excel has spoilt,
    or more cells than there are columns (the row is shifted, most often by a comma without
    quotes). A row that has any must not be trusted.
    """

    line: int
    values: dict[str, str]
    faults: tuple[tuple[str, Words], ...] = ()

    def refusals(self) -> list[Refusal]:
        """The faults for a report in English."""
        return [Refusal(self.line, column, words.english) for column, words in self.faults]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The headers and every row that isn't blank. `unknown` are columns that were let by."""

    headers: tuple[str, ...]
    rows: Sequence[SheetRow]
    unknown: tuple[str, ...] = ()


def read_sheet(path: Path, columns: Columns) -> Sheet:
    """Read the first sheet of a CSV or Excel file.

    Raises SheetError for a file that can't be read, has no rows, names a column twice, lacks a
    required one or has one that isn't known; SheetsBusy.
    """
    headers, rows = stream_sheet(path, columns)
    return Sheet(headers, list(rows), _unknown(headers, columns))


def stream_sheet(path: Path, columns: Columns) -> tuple[tuple[str, ...], Iterator[SheetRow]]:
    """`read_sheet` row by row, for long sheets."""
    lines = _lines(path)
    _, first, _ = next(lines, (0, [], {}))
    headers = _headers(first)
    _check_headers(path.name, headers, columns)
    dates = {normal(name) for name in columns.dates}
    return headers, (_row(line, headers, dates) for line in lines)


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
    double = sorted(name for name, times in Counter(headers).items() if name and times > 1)
    if double:
        raise SheetError(
            f"two columns are named {_told(double)}", f"列名重复：{_told(double, '、')}"
        )
    return tuple(headers)


def _check_headers(file: str, headers: Collection[str], columns: Columns) -> None:
    missing = [name for name in columns.required if normal(name) not in headers]
    if missing:
        has = [name for name in headers if name]
        raise SheetError(
            f"{file} has no column {', '.join(missing)}; it has {_told(has) or 'none'}",
            f"缺少列：{'、'.join(missing)}",
        )
    unknown = _unknown(headers, columns)
    if unknown and not columns.others:
        known = (*columns.required, *columns.optional)
        raise SheetError(
            f"{file} has columns that nobody reads: {_told(unknown)}. There are "
            f"{', '.join(known)}. Rename them, or let the name of a column of your own begin"
            f" with {ASIDE}",
            f"无法识别的列：{_told(unknown, '、')}。可用的列：{'、'.join(known)}。"
            f"请改正列名；自用的列请以 {ASIDE} 开头",
        )


def _told(names: Sequence[str], comma: str = ", ") -> str:
    """A stranger's column names in a sentence: a few, and what is seen of each at once."""
    shown = [f"{name[:MOST_SHOWN]}…" if len(name) > MOST_SHOWN else name for name in names]
    return comma.join(shown[:MOST_NAMED]) + (f"{comma}…" if len(shown) > MOST_NAMED else "")


def _unknown(headers: Iterable[str], columns: Columns) -> tuple[str, ...]:
    known = {normal(name) for name in (*columns.required, *columns.optional)}
    return tuple(
        name for name in headers if name and name not in known and not name.startswith(ASIDE)
    )


def _row(row: sheet_cells.Row, headers: Sequence[str], dates: Collection[str]) -> SheetRow:
    line, cells, spoilt = row
    padded = [*cells, *[""] * (len(headers) - len(cells))]
    values = {name: cell for name, cell in zip(headers, padded, strict=False) if name}
    faults = [
        (headers[place], _WORDS[kind])
        for place, kind in spoilt.items()
        if place < len(headers) and _is_read(headers[place])
        if kind != DATE or headers[place] not in dates
    ]
    surplus = sum(1 for cell in cells[len(headers) :] if cell)
    if surplus:
        faults.append(
            (
                "",
                Words(
                    f"{surplus} more cells than there are columns",
                    "单元格比列多，这一行可能错位",
                ),
            )
        )
    return SheetRow(line, values, tuple(faults))


def _is_read(header: str) -> bool:
    return bool(header) and not header.startswith(ASIDE)


_AS_TEXT = Words("format the column as text and write it again", "请把该列设为文本格式后重新填写")
_WORDS = {
    EXCEL_ERROR: Words(
        "shows an error of Excel: mend the formula, or write the value",
        "单元格是 Excel 的错误值，请改正公式或直接填写",
    ),
    DATE: Words(f"is a date: {_AS_TEXT.english}", f"被识别成了日期，{_AS_TEXT.chinese}"),
    LONG_NUMBER: Words(
        f"is a long number, whose last digits Excel has dropped: {_AS_TEXT.english}",
        f"数字过长，末尾几位已被 Excel 丢弃，{_AS_TEXT.chinese}",
    ),
}


def _lines(path: Path) -> Iterator[sheet_cells.Row]:
    suffix = path.suffix.lower()
    raw = _read(path)
    try:
        chunks = run(
            sheet_cells.read_rows, LIMITS, raw, suffix if suffix in EXCEL_SUFFIXES else ".csv"
        )
    except Refused as refused:
        raise _refused(path.name, *refused.args) from None
    except ContainedError as error:
        if error.reason == Reason.BUSY:
            raise SheetsBusy from None
        structlog.get_logger("mall.sheets").warning(
            "sheet given up", bytes=len(raw), reason=str(error)[:200]
        )
        raise SheetError(
            f"{path.name} can't be read: it takes too much memory or time. Copy its cells into a"
            " new sheet",
            "表格无法处理，请把内容复制到新的表格后再上传",
        ) from None
    return chain.from_iterable(map(plain_values, chunks))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            mb = MAX_BYTES // 1024 // 1024
            raise SheetError(f"{path.name} is larger than {mb} MB", f"文件超过 {mb} MB")
        return path.read_bytes()
    except OSError as fault:
        raise SheetError(f"{path}: {fault.strerror}", "无法读取文件") from None


def _refused(file: str, reason: str, *more: object) -> SheetError:
    english, chinese = _REASONS[reason]
    return SheetError(f"{file} {english.format(*more)}", chinese.format(*more))


_REASONS = {
    sheet_cells.NOT_TEXT: Words(
        "is neither UTF-8 nor GB18030 text; save it as CSV UTF-8",
        "文字编码无法识别，请另存为 UTF-8 编码的 CSV",
    ),
    sheet_cells.NOT_EXCEL: Words(
        "can't be read as an Excel file: {}", "不是有效的 Excel 文件，请另存为 .xlsx 后再上传"
    ),
    sheet_cells.OLD_EXCEL: Words(
        "is of an old kind, or has a password: save it as .xlsx without one",
        "是旧版格式或带密码的表格，请另存为不带密码的 .xlsx",
    ),
    sheet_cells.MERGED: Words(
        "has merged cells: unmerge them, or save it as .xlsx",
        "含有合并单元格，请取消合并，或另存为 .xlsx",
    ),
    sheet_cells.BAD_LINE: Words("can't be read at line {}: {}", "第 {0} 行无法读取"),
    sheet_cells.TOO_WIDE: Words(
        f"has more than {sheet_cells.MAX_COLUMNS:,} cells at line {{}}",
        f"第 {{}} 行超过 {sheet_cells.MAX_COLUMNS} 列",
    ),
    sheet_cells.TOO_LONG: Words(
        f"has more than {sheet_cells.MAX_ROWS:,} rows", f"超过 {sheet_cells.MAX_ROWS} 行"
    ),
}
