"""What must always hold of sheets of points."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I1s",
        "each given line of a sheet has its entry, and a sheet counts what its lines gave",
        """
        SELECT s.id AS sheet_id, s.given_lines, s.given_points, s.refused_lines,
               c.lines, c.points, c.refused, c.foreign_entries
        FROM points_sheets s
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE l.status = 'given') AS lines,
                   coalesce(sum(l.points) FILTER (WHERE l.status = 'given'), 0) AS points,
                   count(*) FILTER (WHERE l.status = 'refused') AS refused,
                   count(*) FILTER (WHERE l.status = 'given' AND (
                       e.id IS NULL OR e.user_id <> l.user_id OR e.available <> l.points
                   )) AS foreign_entries,
                   count(*) FILTER (WHERE l.status = 'ready') AS waiting
            FROM points_sheet_lines l LEFT JOIN points_entries e ON e.id = l.entry_id
            WHERE l.sheet_id = s.id
        ) c
        WHERE s.started_at >= :since AND (
            (s.given_lines, s.given_points, s.refused_lines)
                <> (c.lines, c.points, c.refused)
            OR c.foreign_entries > 0 OR (s.status = 'done' AND c.waiting > 0)
        )
        """,
    ),
)
