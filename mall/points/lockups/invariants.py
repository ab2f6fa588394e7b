"""I42: locks are held in the ledger, gains are paid once and come out of the budget."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I42a",
        "the ledger holds the points of a lock while it runs, and pays its gain if it matured",
        """
        SELECT l.id AS lockup_id, l.user_id, l.status, l.points, l.gain,
               h.status AS hold_status, h.points AS held, g.available AS gained
        FROM lockups l
        LEFT JOIN points_holds h ON h.source = 'lockup:' || l.id AND h.user_id = l.user_id
        LEFT JOIN points_entries g
            ON g.kind = 'lock_gain' AND g.source = 'lockup:' || l.id AND g.user_id = l.user_id
        WHERE (l.created_at >= :since OR l.ended_at >= :since)
          AND (h.points, h.status, g.available) IS DISTINCT FROM (
              l.points,
              CASE l.status WHEN 'running' THEN 'held' ELSE 'released' END,
              CASE l.status WHEN 'matured' THEN l.gain END)
        UNION ALL
        SELECT NULL, g.user_id, g.kind, NULL, NULL, NULL, NULL, g.available
        FROM points_entries g
        WHERE g.created_at >= :since AND g.kind = 'lock_gain'
          AND NOT EXISTS (SELECT 1 FROM lockups l
              WHERE l.id = CAST(substring(g.source FROM '^lockup:([0-9]{1,18})$') AS bigint))
        """,
    ),
    Invariant(
        "I42b",
        "an offer has promised and paid the gains of its locks, within its budget",
        """
        SELECT o.id AS offer_id, o.budget, o.promised, o.paid, l.promised AS promised_sum,
               l.paid AS paid_sum
        FROM lockup_offers o
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(gain) FILTER (WHERE status = 'running'), 0) AS promised,
                   coalesce(sum(gain) FILTER (WHERE status = 'matured'), 0) AS paid
            FROM (SELECT gain, status FROM lockups WHERE offer_id = o.id LIMIT :most + 1) its
            HAVING count(*) <= :most
        ) l ON true
        WHERE (o.closes_at >= :since OR EXISTS (
            SELECT 1 FROM lockups e WHERE e.offer_id = o.id
              AND (e.ended_at >= :since OR e.status = 'running')
        )) AND ((o.promised, o.paid) <> (l.promised, l.paid) OR o.promised + o.paid > o.budget)
        """,
    ),
    Invariant(
        "I42c",
        "a shopper's locks of an offer are counted, and no more than it allows",
        """
        SELECT offer_id, user_id, c.locks, l.locks AS locks_sum, o.per_shopper
        FROM (
            SELECT offer_id, user_id, count(*) AS locks FROM lockups
            WHERE user_id IN (SELECT user_id FROM lockups WHERE created_at >= :since)
            GROUP BY 1, 2
        ) l
        JOIN lockup_offers o ON o.id = l.offer_id
        LEFT JOIN lockup_counts c USING (offer_id, user_id)
        WHERE c.locks IS DISTINCT FROM l.locks OR l.locks > o.per_shopper
        """,
    ),
    Invariant(
        "I42d",
        "a lock ends within an hour of its time",
        """
        SELECT id AS lockup_id, user_id, matures_at FROM lockups
        WHERE status = 'running' AND matures_at < clock_timestamp() - interval '1 hour'
        """,
    ),
)
