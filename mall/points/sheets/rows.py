"""Lines of a sheet of points as staff write them: which cells, and what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mall.kernel.http.schemas import MAX_ID
from mall.kernel.phone_numbers import read_phone
from mall.kernel.sheets import Columns, SheetRow
from mall.points.settings import MAX_POINTS
from mall.points.sheets.models import OPENING

USER_ID, PHONE, POINTS = "用户编号", "手机号", "积分"
LAST_DAY, REFERENCE, NOTE = "到期日", "外部编号", "备注"
FOREVER = "永久"
LONGEST = timedelta(days=3660)
"""A later last day is most often a slip of the pen."""
MAX_NOTE = 100
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_POINTS = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
_DAY = re.compile(r"(20\d\d)[-/.年](\d\d?)[-/.月](\d\d?)日?(?:[T ]00:00:00)?", re.ASCII)
_REFERENCE = re.compile(r"[0-9A-Za-z_.:/-]{1,64}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Who is meant is found later. `fault` says why it can't be used, for staff."""

    line: int
    user_id: int | None = None
    phone: str | None = None
    points: int | None = None
    expires_on: date | None = None
    lasts: bool = False
    reference: str | None = None
    note: str = ""
    fault: str = ""


def columns_of(kind: str) -> Columns:
    """The columns of a sheet of that kind: with old points it must be said how long they last,
    and which entry of the former system they are."""
    always = (POINTS, LAST_DAY, REFERENCE) if kind == OPENING else (POINTS,)
    others = (USER_ID, PHONE, LAST_DAY, REFERENCE, NOTE)
    return Columns(always, others, dates=(LAST_DAY,))


def read_line(row: SheetRow, kind: str, today: date) -> Line:
    """A row of a sheet of that kind. `today` is the shop day: points never expire before it."""
    cells = {
        # An apostrophe is how a sheet says that a number is text.
        name: value.removeprefix("'").strip()
        for name, value in row.values.items()
    }
    line = Line(row.line)
    for column, words in row.faults:
        return replace(line, fault=f"{column}{words.chinese}")
    for read in (_who, _points, _expiry, _reference, _note):
        line = read(line, cells, kind, today)
        if line.fault:
            return line
    return line


def _who(line: Line, cells: dict[str, str], _kind: str, _today: date) -> Line:
    user_id, phone = cells.get(USER_ID, ""), cells.get(PHONE, "")
    if not user_id and not phone:
        return replace(line, fault=f"请填写{USER_ID}或{PHONE}")
    if user_id and (not _ID.fullmatch(user_id) or int(user_id) > MAX_ID):
        return replace(line, fault=f"{USER_ID}无效")
    number = read_phone(phone)
    if phone and number is None:
        return replace(line, fault=f"{PHONE}无效；若来自 Excel，请设为文本格式")
    return replace(
        line,
        user_id=int(user_id) if user_id else None,
        phone=number.written if number else None,
    )


def _points(line: Line, cells: dict[str, str], _kind: str, _today: date) -> Line:
    points = cells.get(POINTS, "")
    if not _POINTS.fullmatch(points) or int(points) > MAX_POINTS:
        return replace(line, fault=f"{POINTS}须为 1 至 {MAX_POINTS} 的整数")
    return replace(line, points=int(points))


def _expiry(line: Line, cells: dict[str, str], kind: str, today: date) -> Line:
    written = cells.get(LAST_DAY, "")
    if written == FOREVER:
        return replace(line, lasts=True)
    if not written:
        missing = f"请填写{LAST_DAY}，永不过期填“{FOREVER}”" if kind == OPENING else ""
        return replace(line, fault=missing)
    day = _day(written)
    if day is None:
        return replace(line, fault=f"{LAST_DAY}无效，例如 2027-12-31")
    if not today <= day <= today + LONGEST:
        return replace(line, fault=f"{LAST_DAY}不能早于今天，也不能晚于十年后")
    return replace(line, expires_on=day)


def _day(written: str) -> date | None:
    found = _DAY.fullmatch(written)
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _reference(line: Line, cells: dict[str, str], kind: str, _today: date) -> Line:
    reference = cells.get(REFERENCE, "")
    if not reference:
        missing = f"请填写{REFERENCE}（原系统中的流水号）" if kind == OPENING else ""
        return replace(line, fault=missing)
    if not _REFERENCE.fullmatch(reference):
        return replace(line, fault=f"{REFERENCE}为 1 至 64 位字母、数字或 _ . : / -")
    return replace(line, reference=reference)


def _note(line: Line, cells: dict[str, str], _kind: str, _today: date) -> Line:
    note = cells.get(NOTE, "")
    if len(note) > MAX_NOTE or _CONTROL.search(note):
        return replace(line, fault=f"{NOTE}最多 {MAX_NOTE} 个字，且不能换行")
    return replace(line, note=note)
