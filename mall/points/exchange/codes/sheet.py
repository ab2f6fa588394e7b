"""A sheet or a text of codes: the columns 兑换码 and 有效期至 (a day, by whose end it expires)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from mall.catalog.bulk import Fault
from mall.catalog.bulk_sheet import faults_of, uploaded_sheet
from mall.kernel.clock import FIRST_DAY, LAST_DAY, day_start
from mall.kernel.sheets import Columns, SheetRow
from mall.points.exchange.codes.importing import MAX_CODE, MAX_CODES, CodeRow

CODE, UNTIL = "兑换码", "有效期至"
COLUMNS = Columns((CODE,), (UNTIL,), dates=(UNTIL,))


def rows_of_sheet(content: bytes, filename: str) -> tuple[list[CodeRow], list[Fault]]:
    """The good rows of a sheet, and what is wrong with the others. Raises SheetUnreadable."""
    sheet = uploaded_sheet(content, filename, COLUMNS, at_most=MAX_CODES)
    rows: list[CodeRow] = []
    faults: list[Fault] = []
    for line in sheet.rows:
        before = len(faults)
        row = _row(line, faults)
        if len(faults) == before:
            rows.append(row)
    return rows, faults


def rows_of_list(codes: list[str], expires_on: date | None) -> list[CodeRow]:
    """Codes that were sent as text, numbered from 1."""
    until = None if expires_on is None else end_of(expires_on)
    return [CodeRow(line, code, until) for line, code in enumerate(codes, start=1)]


def end_of(day: date) -> datetime:
    """When a shop day ends."""
    return day_start(day + timedelta(days=1))


def _row(line: SheetRow, faults: list[Fault]) -> CodeRow:
    faults += faults_of(line)
    code = line.values.get(CODE, "")
    if not code:
        faults.append(Fault(line.line, CODE, "缺少兑换码"))
    elif len(code) > MAX_CODE or any(ord(character) < 32 for character in code):
        faults.append(Fault(line.line, CODE, "兑换码过长或含有无效字符"))
    cell = line.values.get(UNTIL, "")
    until = None
    if cell:
        day = _day(cell)
        if day is not None:
            until = end_of(day)
        else:
            faults.append(Fault(line.line, UNTIL, "日期无效，请写作 2026-12-31"))
    return CodeRow(line.line, code, until)


def _day(cell: str) -> date | None:
    try:
        day = date.fromisoformat(cell.replace("/", "-")[:10])
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
