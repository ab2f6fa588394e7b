"""What must always hold of points."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

_TOUCHED = "(SELECT DISTINCT user_id FROM points_entries WHERE created_at >= :since) t"
# Looked up one by one: a plain join may read every account.
_ACCOUNTS = f"""
    {_TOUCHED}
    CROSS JOIN LATERAL (SELECT * FROM points_accounts WHERE user_id = t.user_id LIMIT 1) a
"""  # noqa: S608
INVARIANTS = (
    Invariant(
        "I1a",
        "what a points account has is the sum of its entries",
        f"""
        SELECT a.user_id, a.available, a.frozen, a.held, a.debt, e.*
        FROM {_ACCOUNTS}
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(available), 0) AS available_sum,
                   coalesce(sum(frozen), 0) AS frozen_sum, coalesce(sum(held), 0) AS held_sum,
                   coalesce(sum(debt), 0) AS debt_sum
            FROM points_entries WHERE user_id = a.user_id
        ) e
        WHERE (a.available, a.frozen, a.held, a.debt)
           <> (e.available_sum, e.frozen_sum, e.held_sum, e.debt_sum)
        """,  # noqa: S608
    ),
    Invariant(
        "I1b",
        "what remains of a lot is what was granted less its uses",
        """
        SELECT l.id AS lot_id, l.user_id, l.granted, l.remaining, u.points
        FROM (
            SELECT DISTINCT own.lot_id FROM points_entries e
            CROSS JOIN LATERAL (
                SELECT id AS lot_id FROM points_lots WHERE entry_id = e.id
                UNION ALL SELECT lot_id FROM points_uses WHERE entry_id = e.id
            ) own
            WHERE e.created_at >= :since
        ) t
        CROSS JOIN LATERAL (SELECT * FROM points_lots WHERE id = t.lot_id LIMIT 1) l
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(points), 0) AS points FROM points_uses WHERE lot_id = l.id
        ) u
        WHERE l.remaining <> l.granted - u.points
        """,
    ),
    Invariant(
        "I1c",
        "a points account has what its lots have, and holds what its holds hold",
        f"""
        SELECT a.user_id, a.available, a.frozen, a.held, l.open, f.waiting, h.points
        FROM {_ACCOUNTS}
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(remaining), 0) AS open FROM points_lots
            WHERE user_id = a.user_id AND remaining > 0 AND NOT frozen
        ) l
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(remaining), 0) AS waiting FROM points_lots
            WHERE user_id = a.user_id AND remaining > 0 AND frozen
        ) f
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(points), 0) AS points FROM points_holds
            WHERE user_id = a.user_id AND status = 'held'
        ) h
        WHERE (a.available, a.frozen, a.held) <> (l.open, f.waiting, h.points)
        """,  # noqa: S608
    ),
    Invariant(
        "I2a",
        "nobody owes points and has some to spend, and no figure is negative",
        f"""
        SELECT a.user_id, a.available, a.frozen, a.held, a.debt FROM {_ACCOUNTS}
        WHERE (a.available > 0 AND a.debt > 0) OR least(a.available, a.frozen, a.held, a.debt) < 0
        """,  # noqa: S608
    ),
    Invariant(
        "I17a",
        "a hold of points took from lots what it holds or has spent",
        f"""
        SELECT h.id AS hold_id, h.user_id, h.status, h.points, h.returned, u.points AS used
        FROM {_TOUCHED}
        CROSS JOIN LATERAL (SELECT * FROM points_holds WHERE user_id = t.user_id OFFSET 0) h
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(points), 0) AS points FROM points_uses WHERE hold_id = h.id
        ) u
        WHERE u.points <> CASE h.status WHEN 'released' THEN 0 ELSE h.points - h.returned END
        """,  # noqa: S608
    ),
)
