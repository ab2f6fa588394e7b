"""What must always hold of the roll-ups of points."""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.invariants import Invariant

_ZONE = SHOP_ZONE.key
_FIRST = f"CAST(timezone('{_ZONE}', :since) AS date)"

INVARIANTS = (
    Invariant(
        "I1r",
        "a summed day of points equals its entries",
        f"""
        SELECT coalesce(d.day, e.day) AS day, coalesce(d.kind, e.kind) AS kind,
               d.entries, d.net, e.entries AS entries_found, e.net AS net_found
        FROM (SELECT * FROM points_days WHERE day >= {_FIRST}) d
        FULL JOIN (
            SELECT CAST(timezone('{_ZONE}', created_at) AS date) AS day, kind,
                   count(*) AS entries, sum(available + frozen + held - debt) AS net
            FROM points_entries
            WHERE created_at >= timezone('{_ZONE}', CAST({_FIRST} AS timestamp))
              AND created_at < timezone('{_ZONE}',
                  CAST((SELECT max(day) + 1 FROM points_days) AS timestamp))
            GROUP BY 1, 2
        ) e ON e.day = d.day AND e.kind = d.kind
        WHERE (d.entries, d.net) IS DISTINCT FROM (e.entries, e.net)
        """,  # noqa: S608
    ),
    Invariant(
        "I1t",
        "lots and accounts of the last snapshot of points have the same sums",
        """
        SELECT b.day, b.available, b.frozen, l.available AS lots_available,
               l.frozen AS lots_frozen
        FROM (SELECT * FROM points_balance_days ORDER BY day DESC LIMIT 1) b
        CROSS JOIN (
            SELECT coalesce(sum(available), 0) AS available, coalesce(sum(frozen), 0) AS frozen
            FROM points_lot_months
        ) l
        WHERE (b.available, b.frozen) <> (l.available, l.frozen)
        """,
    ),
    Invariant(
        "I1u",
        "a lot of points is in the roll-up as it was an hour before the last snapshot",
        """
        SELECT l.id AS lot_id, l.granted, l.remaining, c.granted AS granted_counted,
               c.available, c.frozen
        FROM (
            SELECT * FROM points_lots WHERE changed_at >= :since AND changed_at < (
                SELECT taken_at - interval '1 hour' FROM points_balance_days
                WHERE counted_by <> '' ORDER BY day DESC LIMIT 1
            )
        ) l
        LEFT JOIN LATERAL (
            SELECT * FROM points_counted_lots WHERE lot_id = l.id LIMIT 1
        ) c ON true
        WHERE (l.granted, l.expired, l.reversed,
               CASE WHEN l.frozen THEN 0 ELSE l.remaining END,
               CASE WHEN l.frozen THEN l.remaining ELSE 0 END)
            IS DISTINCT FROM (c.granted, c.expired, c.reversed, c.available, c.frozen)
        """,
    ),
)
