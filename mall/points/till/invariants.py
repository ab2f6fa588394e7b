"""I41: what tills gave and took stands in the ledger, and days count it."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I41a",
        "an entry of a till moved its points in the ledger once, and back when it was undone",
        """
        SELECT e.id AS till_entry_id, e.user_id, e.direction, e.points, e.undone_at,
               p.available, coalesce(l.reversed, h.returned) AS back
        FROM till_entries e
        LEFT JOIN points_entries p
            ON p.kind = 'till_' || e.direction AND p.source = 'till:' || e.id
        LEFT JOIN points_lots l ON l.entry_id = p.id
        LEFT JOIN points_holds h ON h.source = p.source
        WHERE e.created_at >= :since
          AND (p.user_id, abs(p.available), coalesce(l.reversed, h.returned))
              IS DISTINCT FROM
              (e.user_id, e.points, CASE WHEN e.undone_at IS NULL THEN 0 ELSE e.points END)
        UNION ALL
        SELECT NULL, p.user_id, p.kind, NULL, NULL, p.available, NULL
        FROM points_entries p
        WHERE p.created_at >= :since AND p.kind IN ('till_grant', 'till_take')
          AND NOT EXISTS (SELECT 1 FROM till_entries e
              WHERE e.id = CAST(substring(p.source FROM '^till:([0-9]{1,18})$') AS bigint))
        """,
    ),
    Invariant(
        "I41b",
        "a day's counts of points, staff members and shoppers equal a recount of its entries",
        """
        WITH counted AS (
            SELECT e.day, s.scope, s.subject_id,
                   sum(e.points) FILTER (WHERE e.direction = 'grant') AS granted,
                   sum(e.points) FILTER (WHERE e.direction = 'take') AS taken
            FROM till_entries e
            CROSS JOIN LATERAL (VALUES
                ('point', e.point_id), ('staff', e.staff_id), ('shopper', e.user_id)
            ) s (scope, subject_id)
            WHERE e.undone_at IS NULL
              AND e.day >= greatest(CAST(:since AS date), current_date - 29) + 1
            GROUP BY 1, 2, 3
        )
        SELECT day, scope, subject_id, d.granted, d.taken, c.granted AS granted_sum,
               c.taken AS taken_sum
        FROM counted c FULL JOIN (
            SELECT * FROM till_days
            WHERE day >= greatest(CAST(:since AS date), current_date - 29) + 1
        ) d USING (day, scope, subject_id)
        WHERE (coalesce(d.granted, 0), coalesce(d.taken, 0))
            <> (coalesce(c.granted, 0), coalesce(c.taken, 0))
        """,
    ),
    Invariant(
        "I41c",
        "a code of a till that was used made an entry, one that wasn't made none",
        """
        SELECT c.user_id, c.used_at, e.id AS till_entry_id
        FROM till_codes c LEFT JOIN till_entries e ON e.code_hash = c.code_hash
        WHERE (c.used_at IS NULL) <> (e.id IS NULL)
        """,
    ),
)
