"""Import of administrative regions: what is right goes in, the rest is reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.sheets import Refusal, SheetRow
from mall.users.models import Region

CODE, NAME, PARENT, LEVEL = "编码", "名称", "上级编码", "级别"
COLUMNS = (CODE, NAME, PARENT, LEVEL)
LONGEST_NAME = 50
BATCH = 500
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


class Key(NamedTuple):
    """What a region is known by; a code alone may stand at two levels."""

    code: str
    level: int


class Value(NamedTuple):
    name: str
    parent_code: str | None


@dataclass
class RegionImport:
    """What an import did, or with `dry_run` would do."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def import_regions(
    rows: Sequence[SheetRow],
    *,
    dry_run: bool = False,
    advance: Callable[[int], None] = lambda count: None,
) -> RegionImport:
    """Put the regions of a sheet (编码, 名称, 上级编码, 级别) in, in one transaction.

    Rows may stand in any order. The same sheet again changes nothing; a region that the
    sheet lacks stays, because addresses name it. `advance` is told of rows done.
    """
    result = RegionImport()
    with transaction() as session:
        known = {Key(r.code, r.level): Value(r.name, r.parent_code) for r in _all(session)}
        sound = _with_parents(_well_formed(rows, result.refusals), known, result.refusals)
        advance(len(result.refusals))
        for batch in _batches(sound):
            fresh = {key: value for key, value in batch if known.get(key) != value}
            result.added += sum(1 for key in fresh if key not in known)
            result.changed += sum(1 for key in fresh if key in known)
            result.unchanged += len(batch) - len(fresh)
            if fresh and not dry_run:
                _write(session, fresh)
            advance(len(batch))
    return result


def _all(session: Session) -> Iterable[Region]:
    return session.scalars(select(Region))


def _well_formed(rows: Iterable[SheetRow], refusals: list[Refusal]) -> dict[Key, tuple[int, Value]]:
    """The rows that are right in themselves, with their lines."""
    found: dict[Key, tuple[int, Value]] = {}
    for row in rows:
        fault = next(iter(row.refusals()), None) or _fault(row)
        if fault is None:
            key = Key(row.values[CODE], int(row.values[LEVEL]))
            if key not in found:
                value = Value(row.values[NAME], row.values[PARENT] or None)
                found[key] = (row.line, value)
                continue
            fault = Refusal(row.line, CODE, f"stands at line {found[key][0]} already")
        refusals.append(fault)
    return found


def _fault(row: SheetRow) -> Refusal | None:
    values = row.values
    checks = (
        (CODE, _CODE.fullmatch(values[CODE]), "must be 6 digits"),
        (NAME, 0 < len(values[NAME]) <= LONGEST_NAME, f"must have 1 to {LONGEST_NAME} characters"),
        (NAME, values[NAME].isprintable(), "holds characters that can't be printed"),
        (LEVEL, values[LEVEL] in ("1", "2", "3"), "must be 1, 2 or 3"),
        (PARENT, values[LEVEL] != "1" or not values[PARENT], "must be empty at level 1"),
        (PARENT, values[LEVEL] == "1" or _CODE.fullmatch(values[PARENT]), "must be 6 digits"),
    )
    for column, holds, reason in checks:
        if not holds:
            return Refusal(row.line, column, reason)
    return None


def _with_parents(
    found: dict[Key, tuple[int, Value]], known: dict[Key, Value], refusals: list[Refusal]
) -> dict[Key, Value]:
    """The rows whose region above is in the table or goes in itself; from the top down."""
    sound: dict[Key, Value] = {}
    for key, (line, value) in sorted(found.items(), key=lambda item: item[0].level):
        above = Key(value.parent_code or "", key.level - 1)
        if key.level == 1 or above in sound or above in known:
            sound[key] = value
        else:
            reason = f"no region {above.code} of level {above.level} is known"
            refusals.append(Refusal(line, PARENT, reason))
    return sound


def _batches(sound: dict[Key, Value]) -> Iterable[Sequence[tuple[Key, Value]]]:
    pairs = list(sound.items())
    return (pairs[at : at + BATCH] for at in range(0, len(pairs), BATCH))


def _write(session: Session, regions: dict[Key, Value]) -> None:
    statement = insert(Region)
    session.execute(
        statement.on_conflict_do_update(
            constraint="pk_regions",
            set_={
                "name": statement.excluded.name,
                "parent_code": statement.excluded.parent_code,
            },
        ),
        [
            {"code": k.code, "level": k.level, "name": v.name, "parent_code": v.parent_code}
            for k, v in regions.items()
        ],
    )
