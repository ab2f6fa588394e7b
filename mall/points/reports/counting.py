"""Sums that go on from those of the night before, by what was written since.

What of each lot, account and grant is in the sums stands beside them. So one that is counted again
moves the sums by the difference, or not at all: to look at more than changed does no harm.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import text

from mall.points.reports.figures import ACCOUNTS_SINCE, GRANTS_SINCE, LOTS_SINCE


@dataclass(frozen=True, slots=True)
class Counted:
    """One sort of what is summed: its `key`, the columns of its cell, what is summed by cell.

    `since` is the SQL of those that may have changed since `:since`, as they are now.
    """

    name: str
    key: str
    cell: tuple[str, ...]
    figures: tuple[str, ...]
    since: str

    @property
    def table(self) -> str:
        """What of each is in the sums."""
        return f"points_counted_{self.name}"


_LOTS = Counted(
    "lots",
    "lot_id",
    ("granted_month", "expires_month"),
    ("granted", "available", "frozen", "expired", "reversed"),
    LOTS_SINCE,
)
_ACCOUNTS = Counted(
    "accounts", "user_id", (), ("available", "frozen", "held", "debt"), ACCOUNTS_SINCE
)
_GRANTS = Counted(
    "grants", "grant_id", ("rule_id", "month"), ("points", "taken_back", "owed"), GRANTS_SINCE
)


def _moved(of: Counted) -> str:
    """Parts of a statement: count anew what may have changed. `moved_<name>` is a row a cell:
    `number`, by how many more it has, and by how much each figure rose."""
    columns = ", ".join((*of.cell, *of.figures))
    group = f"GROUP BY {', '.join(of.cell)}" if of.cell else ""
    sums = ", ".join(f"CAST(sum(sign * {one}) AS bigint) AS {one}" for one in of.figures)
    return f"""
        now_{of.name} AS MATERIALIZED ({of.since}), before_{of.name} AS (
            SELECT b.* FROM now_{of.name} n
            CROSS JOIN LATERAL (SELECT * FROM {of.table} WHERE {of.key} = n.{of.key} LIMIT 1) b
        ), kept_{of.name} AS (
            INSERT INTO {of.table} ({of.key}, {columns})
            SELECT {of.key}, {columns} FROM now_{of.name}
            ON CONFLICT ({of.key}) DO UPDATE
            SET {", ".join(f"{one} = excluded.{one}" for one in (*of.cell, *of.figures))}
        ), moved_{of.name} AS (
            SELECT {", ".join((*of.cell, "CAST(sum(sign) AS bigint) AS number"))}, {sums}
            FROM (
                SELECT 1 AS sign, {columns} FROM now_{of.name}
                UNION ALL SELECT -1, {columns} FROM before_{of.name}
            ) both_times {group}
        )
    """  # noqa: S608


def _added(of: Counted, sums: str, number: str) -> str:
    """Move the cells of the table `sums`, in which `number` is how many each has."""
    names = (number, *of.figures)
    return f"""
        INSERT INTO {sums} ({", ".join((*of.cell, *names))})
        SELECT {", ".join((*of.cell, "number", *of.figures))} FROM moved_{of.name}
        ON CONFLICT ({", ".join(of.cell)}) DO UPDATE
        SET {", ".join(f"{one} = {sums}.{one} + excluded.{one}" for one in names)}
    """  # noqa: S608


def _balance() -> str:
    """The balance of `:day`: the one of `:last`, moved; from nothing without one."""
    names = ("accounts", *_ACCOUNTS.figures)
    moved = ("number", *_ACCOUNTS.figures)
    pairs = zip(names, moved, strict=True)
    return f"""
        INSERT INTO points_balance_days
            (day, taken_at, per_yuan, counted_by, {", ".join(names)})
        SELECT :day, clock_timestamp(), :per_yuan, :counted_by,
               {", ".join(f"coalesce(b.{one}, 0) + coalesce(m.{by}, 0)" for one, by in pairs)}
        FROM moved_accounts m
        LEFT JOIN points_balance_days b ON b.day = CAST(:last AS date)
        ON CONFLICT (day) DO UPDATE
        SET taken_at = excluded.taken_at, per_yuan = excluded.per_yuan,
            counted_by = excluded.counted_by,
            {", ".join(f"{one} = excluded.{one}" for one in names)}
    """  # noqa: S608


# One statement, so that lots, accounts and grants are of the same moment.
_COUNT = f"""
    WITH {_moved(_LOTS)}, {_moved(_ACCOUNTS)}, {_moved(_GRANTS)},
    lot_months AS ({_added(_LOTS, "points_lot_months", "lots")}),
    rule_months AS ({_added(_GRANTS, "points_rule_months", "grants")})
    {_balance()}
"""
COUNT = text(_COUNT)
"""Count anew what was written since `:since`, and move the sums by what became of it."""
DIGEST = hashlib.sha256(_COUNT.encode()).hexdigest()
"""Of how it is counted: what another release counted otherwise is counted anew."""
