"""I7: seats of teams, their history, and that each team ends in time."""

from __future__ import annotations

from mall.groupbuy.teams.states import TRANSITIONS
from mall.kernel.invariants import Invariant

RECENT_TEAM = "(t.closed_at IS NULL OR t.closed_at >= :since)"
"""SQL: a team (`t`) that is open, or was lately."""
# The names are our own constants, never input.
_ALLOWED = ", ".join(
    f"({'NULL' if start is None else repr(start)}, {end!r})"
    for start, ends in TRANSITIONS.items()
    for end in sorted(ends)
)
INVARIANTS = (
    Invariant(
        "I7a",
        "a team's seats are those of its members and what the shop filled, within its size",
        f"""
        SELECT t.id AS team_id, t.status, t.reserved, t.paid, t.filled, t.max_size,
               m.unpaid AS unpaid_members, m.paid AS paid_members, f.seats AS fills
        FROM groupbuy_teams t
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE paid_at IS NULL) AS unpaid,
                   count(*) FILTER (WHERE paid_at IS NOT NULL) AS paid
            FROM groupbuy_members WHERE team_id = t.id AND seat
        ) m
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(seats), 0) AS seats FROM groupbuy_fills WHERE team_id = t.id
        ) f
        WHERE {RECENT_TEAM}
          AND (t.reserved <> m.unpaid OR t.paid <> m.paid OR t.filled <> f.seats
               OR t.reserved + t.paid + t.filled > t.max_size)
        """,  # noqa: S608
    ),
    Invariant(
        "I7b",
        "each step of a team is in the table of transitions and leads to where it is",
        f"""
        SELECT t.id AS team_id, t.status, step.from_status, step.to_status, step.before
        FROM groupbuy_teams t
        LEFT JOIN LATERAL (
            SELECT s.*, lag(to_status) OVER (ORDER BY id) AS before,
                   lead(id) OVER (ORDER BY id) IS NULL AS last
            FROM groupbuy_transitions s WHERE s.team_id = t.id
        ) step ON true
        WHERE {RECENT_TEAM}
          AND (step.id IS NULL OR step.from_status IS DISTINCT FROM step.before
               OR (step.last AND step.to_status <> t.status)
               OR NOT EXISTS (
                   SELECT 1 FROM (VALUES {_ALLOWED}) allowed (from_status, to_status)
                   WHERE allowed.from_status IS NOT DISTINCT FROM step.from_status
                     AND allowed.to_status = step.to_status
               ))
        """,  # noqa: S608
    ),
    Invariant(
        "I7c",
        "a team that is due and has no unpaid order is over within a quarter of an hour",
        """
        SELECT t.id AS team_id, t.status, t.expires_at, t.seats_left, t.verdict
        FROM groupbuy_teams t
        WHERE t.status IN ('forming', 'formed') AND t.reserved = 0
          AND (t.expires_at < now() - interval '15 minutes'
               OR t.verdict_at < now() - interval '15 minutes' OR t.seats_left = 0)
          AND NOT EXISTS (
              SELECT FROM groupbuy_members m WHERE m.team_id = t.id
                AND greatest(m.paid_at, m.left_at) >= now() - interval '15 minutes')
        """,
    ),
    Invariant(
        "I7d",
        "a team that others may join is led by a member who has paid",
        """
        SELECT t.id AS team_id, t.leader_id FROM groupbuy_teams t
        WHERE t.status = 'forming' AND t.verdict IS NULL AND NOT EXISTS (
            SELECT FROM groupbuy_members m
            WHERE m.team_id = t.id AND m.user_id = t.leader_id AND m.seat
              AND m.paid_at IS NOT NULL)
        """,
    ),
)
