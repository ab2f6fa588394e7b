"""What a member did, brought to the team's score: once a source, and off again.

A source is read anew under its lock, so events may come late, twice, and in any order. It counts
for the team in which the shopper was at the moment when it happened, and for no other one. Lock
order: the source, the memberships with their teams and races (shared), then board by board in
ascending order as `put_fact` locks. Whoever leaves a team, or ends a race, waits for these shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.boards.counting import Fact, hold_open, put_fact
from mall.boards.errors import BoardNotOpen
from mall.games.races import metrics
from mall.games.races.terms import read_terms
from mall.kernel.prepared import PreparedStatement

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('race source ' || :source, 0))")
_MEMBERSHIPS = PreparedStatement(
    """
    SELECT r.id AS race_id, r.board_id, r.terms, t.id AS team_id
    FROM race_members m JOIN races r ON r.id = m.race_id JOIN race_teams t ON t.id = m.team_id
    WHERE m.user_id = :user_id AND m.joined_at <= CAST(:at AS timestamptz)
      AND (m.left_at IS NULL OR m.left_at > CAST(:at AS timestamptz))
      AND r.starts_at <= CAST(:at AS timestamptz)
      AND CAST(:at AS timestamptz) < least(r.ends_at, r.ended_at)
      AND t.dissolved_at IS NULL
    ORDER BY r.board_id
    FOR SHARE OF m, t, r
    """
)
_ENTRIES = PreparedStatement(
    """
    SELECT e.race_id, e.team_id, e.at, e.points, e.late_points, r.board_id
    FROM race_entries e JOIN races r ON r.id = e.race_id
    WHERE e.source = CAST(:source AS text)
    """
)
_PUT = PreparedStatement(
    """
    INSERT INTO race_entries (race_id, team_id, user_id, kind, source, points, at)
    VALUES (:race_id, :team_id, :user_id, CAST(:kind AS text), CAST(:source AS text), :points,
            CAST(:at AS timestamptz))
    ON CONFLICT (source, race_id) DO UPDATE SET points = excluded.points, at = excluded.at
    """
)
_LATE = PreparedStatement(
    """
    UPDATE race_entries SET late_points = nullif(CAST(:points AS bigint), points)
    WHERE source = CAST(:source AS text) AND race_id = :race_id
      AND late_points IS DISTINCT FROM nullif(CAST(:points AS bigint), points)
    RETURNING id
    """
)


@dataclass(frozen=True, slots=True)
class Scored:
    """What a source is worth now: `units` of its kind, which happened `at`; none of a source that
    doesn't count, or not any more."""

    kind: str
    source: str
    user_id: int
    at: datetime | None
    units: int
    mission_id: int | None = None


def lock_source(session: Session, source: str) -> None:
    """Wait for others who count a source. Lock first, then read what it is worth."""
    session.execute(_LOCK, {"source": source})


def put_scored(session: Session, one: Scored) -> None:
    """See that a source scores in each race as it should. In a race whose ranks are frozen nothing
    changes; staff see what would have. The caller holds `lock_source`."""
    wanted: dict[int, Any] = {}
    if one.at is not None and one.units > 0:
        rows = _MEMBERSHIPS.rows(session, user_id=one.user_id, at=one.at)
        wanted = {row.board_id: row for row in rows}
    known = {row.board_id: row for row in _ENTRIES.rows(session, source=one.source)}
    for board_id in sorted(wanted.keys() | known.keys()):
        _put(session, one, wanted.get(board_id), known.get(board_id))


def _put(session: Session, one: Scored, member: Any, entry: Any) -> None:
    place = entry or member
    same_team = member is not None and (entry is None or entry.team_id == member.team_id)
    points = _points(member.terms, one) if same_team else 0
    if not points and entry is None:
        return
    at = one.at if points and one.at is not None else entry.at
    try:
        hold_open(session, place.board_id)
    except BoardNotOpen:
        _note_late(session, one, place.race_id, points)
        return
    if entry is not None and (entry.points, entry.at) == (points, at):
        return
    _PUT.rows(
        session,
        race_id=place.race_id,
        team_id=place.team_id,
        user_id=one.user_id,
        kind=one.kind,
        source=one.source,
        points=points,
        at=at,
    )
    put_fact(session, place.board_id, place.team_id, Fact(one.source, points, at))
    metrics.ENTRIES.labels(one.kind).inc()


def _points(terms: Mapping[str, Any], one: Scored) -> int:
    return read_terms(terms).points(one.kind, one.units, one.mission_id)


def _note_late(session: Session, one: Scored, race_id: int, points: int) -> None:
    """Of an entry that there is. What comes to score for the first time so late isn't written."""
    changed = _LATE.rows(session, source=one.source, race_id=race_id, points=points)
    metrics.LATE.labels(one.kind).inc(len(changed))
