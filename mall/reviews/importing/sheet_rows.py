"""Rows of a sheet of reviews: what is right in itself, and which review each row is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.sheets import Columns, Refusal, SheetRow

CODE, TEXT, PICTURES, TIME, NAME = "商品编号", "评价内容", "图片", "时间", "昵称"
COLUMNS = Columns((CODE, TEXT), (PICTURES, TIME, NAME), dates=(TIME,))
LONGEST_TEXT, LONGEST_ADDRESS, LONGEST_NAME, MOST_PICTURES = 2_000, 500, 30, 20
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A review of a sheet. `key` says which: rows that are all alike are told apart by their
    number, so the same sheet again names the same reviews. `written_at` is None if unsaid."""

    line: int
    key: bytes
    code: str
    text: str
    pictures: tuple[str, ...]
    written_at: datetime | None
    nickname: str


def read_rows(
    rows: Iterable[SheetRow], now: datetime
) -> tuple[Sequence[ImportedRow], Sequence[Refusal]]:
    """The reviews of a sheet, and the refusals of rows that are wrong in themselves."""
    found: list[ImportedRow] = []
    refused: list[Refusal] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        fault = next(iter(row.refusals()), None)
        if fault is None:
            made = _read(row, now, seen)
            if isinstance(made, ImportedRow):
                found.append(made)
                continue
            fault = made
        refused.append(fault)
    return found, refused


def _read(row: SheetRow, now: datetime, seen: Counter[tuple[str, ...]]) -> ImportedRow | Refusal:
    cells = {name: row.values.get(name, "") for name in (*COLUMNS.required, *COLUMNS.optional)}
    pictures = tuple(one.strip() for one in cells[PICTURES].split("|") if one.strip())
    written_at = _time(cells[TIME])
    checks = (
        (CODE, 0 < len(cells[CODE]) <= 60, "must have 1 to 60 characters"),
        (TEXT, cells[TEXT], "is empty"),
        (TEXT, len(cells[TEXT]) <= LONGEST_TEXT, f"has more than {LONGEST_TEXT} characters"),
        (TEXT, "\0" not in cells[TEXT], "holds a NUL"),
        (PICTURES, len(pictures) <= MOST_PICTURES, f"has more than {MOST_PICTURES} addresses"),
        (PICTURES, all(map(_is_address, pictures)), "holds something that is no web address"),
        (TIME, written_at is not None or not cells[TIME], "is no time: 2018-02-01 12:30:00"),
        (TIME, written_at is None or written_at <= now, "lies in the future"),
        (NAME, len(cells[NAME]) <= LONGEST_NAME, f"has more than {LONGEST_NAME} characters"),
    )
    for column, holds, reason in checks:
        if not holds:
            return Refusal(row.line, column, reason)
    parts = tuple(cells.values())
    seen[parts] += 1
    key = _key(parts, seen[parts])
    return ImportedRow(row.line, key, cells[CODE], cells[TEXT], pictures, written_at, cells[NAME])


def _key(parts: Sequence[str], number: int) -> bytes:
    joined = "\0".join((*parts, str(number)))
    return blake2b(joined.encode(), digest_size=16).digest()


def _time(cell: str) -> datetime | None:
    """A time of the shop's zone."""
    for form in _FORMS:
        try:
            return datetime.strptime(cell, form).replace(tzinfo=SHOP_ZONE)
        except ValueError:
            continue
    return None


def _is_address(address: str) -> bool:
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
