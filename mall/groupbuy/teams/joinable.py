"""Teams that a shopper can join, the best first: those nearly formed, then those nearly full.

Each of the two lists is read from its own index, which has joinable teams only, in the order of
the list. Teams in their last seconds stand at the front of each step of it (so many missing), so
each step is entered behind them: what a page costs doesn't grow with the number of teams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.teams.seats import LAST_CALL_S
from mall.groupbuy.teams.states import FORMED, FORMING
from mall.kernel.clock import from_microseconds, to_microseconds

CURSOR = (int, int, int, int)
"""Of what a place in the list consists: list, step, microseconds of the end, id."""
_LISTS = ((FORMING, "missing"), (FORMED, "seats_left"))


@dataclass(frozen=True, slots=True)
class JoinableTeam:
    """A team with seats. `place` is where it stands in the list. The leader's name is in clear."""

    id: int
    code: str
    tier_set_id: int
    leader_name: str | None
    status: str
    sizes: Sequence[int]
    paid: int
    missing: int
    seats_left: int
    expires_at: datetime
    place: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Only:
    """Of a tier set, and, where teams are for one tier, of this size."""

    tier_set_id: int | None = None
    size: int | None = None


def joinable_teams(
    session: Session,
    activity_id: int,
    user_id: int,
    *,
    after: Sequence[int] | None = None,
    limit: int,
    only: Only | None = None,
) -> list[JoinableTeam]:
    """So many teams of an activity with a seat for this shopper, behind a place.

    None in which the shopper has a seat; none that is full, unpaid, decided, or too late to be
    paid in time.
    """
    only = only or Only()
    values = {
        "activity_id": activity_id,
        "user_id": user_id,
        "tier_set_id": only.tier_set_id,
        "size": only.size,
    }
    found: list[JoinableTeam] = []
    first, *place = after or (0, 0, 0, 0)
    for number in range(max(first, 0), len(_LISTS)):
        step, at_us, team_id = place if number == first else (0, 0, 0)
        behind = {
            "step": step,
            "at": from_microseconds(at_us),
            "id": team_id,
            "limit": limit - len(found),
        }
        rows = session.execute(_FIND[number], {**values, **behind})
        found += [_team(number, row) for row in rows]
        if len(found) >= limit:
            break
    return found


def _team(number: int, row: Any) -> JoinableTeam:
    place = (number, row.step, to_microseconds(row.expires_at), row.id)
    return JoinableTeam(
        row.id,
        row.code,
        row.tier_set_id,
        row.nickname,
        row.status,
        row.sizes,
        row.paid,
        row.missing,
        row.seats_left,
        row.expires_at,
        place,
    )


def _find(status: str, step: str) -> Any:
    listed = (
        f"t.activity_id = :activity_id AND t.status = '{status}' AND t.seats_left > 0"
        " AND t.verdict IS NULL"
    )
    late = f"statement_timestamp() + make_interval(secs => {LAST_CALL_S})"
    return text(
        f"""
        WITH RECURSIVE steps (n) AS (
            (SELECT t.{step} FROM groupbuy_teams t WHERE {listed} AND t.{step} >= :step
             ORDER BY t.{step} LIMIT 1)
            UNION ALL
            SELECT (SELECT t.{step} FROM groupbuy_teams t WHERE {listed} AND t.{step} > steps.n
                    ORDER BY t.{step} LIMIT 1)
            FROM steps WHERE steps.n IS NOT NULL
        ), found AS (
            SELECT t.* FROM steps CROSS JOIN LATERAL (
                SELECT t.id, t.code, t.tier_set_id, t.leader_id, t.status, t.sizes, t.paid,
                    t.missing, t.seats_left, t.expires_at, t.{step} AS step
                FROM groupbuy_teams t
                WHERE {listed} AND t.{step} = steps.n
                  AND (t.expires_at, t.id) > (
                      CASE WHEN steps.n = :step AND :at > {late} THEN :at ELSE {late} END,
                      CASE WHEN steps.n = :step AND :at > {late} THEN CAST(:id AS bigint)
                           ELSE 9223372036854775807 END)
                  AND (CAST(:tier_set_id AS bigint) IS NULL OR t.tier_set_id = :tier_set_id)
                  AND (CAST(:size AS integer) IS NULL OR t.max_size = :size)
                  AND NOT EXISTS (
                      SELECT FROM groupbuy_members m
                      WHERE m.team_id = t.id AND m.user_id = :user_id AND m.seat)
                ORDER BY t.expires_at, t.id LIMIT :limit
            ) t LIMIT :limit
        )
        SELECT found.*, u.nickname FROM found JOIN users u ON u.id = found.leader_id
        ORDER BY found.step, found.expires_at, found.id
        """  # noqa: S608 - names of our own
    )


_FIND = tuple(_find(status, step) for status, step in _LISTS)
