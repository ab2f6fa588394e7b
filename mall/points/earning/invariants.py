"""What an order earned is what its recorded rates say, less what its refunds took back."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.orders.kinds import earning_kinds
from mall.points.earning.rates import UNIT_FEN


def _behind() -> str:
    earning = ", ".join(f"'{name}'" for name in earning_kinds()) or "NULL"
    return f"""
        SELECT o.order_no, 'not recorded' AS what, o.paid_at AS since FROM orders o
        JOIN users u ON u.id = o.user_id AND u.closed_at IS NULL
        WHERE o.created_at >= :since AND o.kind IN ({earning})
          AND 0 = (SELECT count(*) FROM points_earned WHERE order_id = o.id)
          AND o.paid_at < now() - interval '1 hour'
          AND o.paid_at >= (
              SELECT date_trunc('second', min(created_at)) FROM points_earning_plans)
        UNION ALL
        SELECT o.order_no, 'not free', o.settled_at FROM points_earned e
        CROSS JOIN LATERAL (
            SELECT order_no, settled_at FROM orders WHERE id = e.order_id LIMIT 1
        ) o
        WHERE e.created_at >= :since AND e.entry_id IS NOT NULL AND e.thawed_at IS NULL
          AND o.settled_at < now() - interval '1 hour'
        UNION ALL
        SELECT (SELECT order_no FROM orders WHERE id = e.order_id), 'not taken back', b.since
        FROM points_earned e
        CROSS JOIN LATERAL (
            SELECT max(f.succeeded_at) AS since
            FROM points_earned_lines l
            JOIN order_lines ol ON ol.order_id = l.order_id AND ol.position = l.position
            JOIN refunds f ON f.order_id = l.order_id AND f.status = 'succeeded'
                AND f.succeeded_at < now() - interval '1 hour'
            JOIN refund_lines r ON r.refund_id = f.id AND r.order_line_id = ol.id
            WHERE l.order_id = e.order_id
            GROUP BY l.order_id, l.position
            HAVING least(sum(r.amount_fen), l.base_fen) > l.back_fen
        ) b
        WHERE e.created_at >= :since
    """  # noqa: S608 - names of our own


INVARIANTS = (
    Invariant(
        "I1d",
        "what an order earned is what its recorded rates say, less what came back",
        f"""
        SELECT e.order_id, e.points, e.reversed, l.paid, l.kept, t.granted, t.reversed AS undone,
               t.frozen, e.thawed_at
        FROM points_earned e
        CROSS JOIN LATERAL (
            SELECT coalesce(div(sum(CAST(rate AS numeric) * base_fen), {UNIT_FEN}), 0) AS paid,
                   coalesce(
                       div(sum(CAST(rate AS numeric) * (base_fen - back_fen)), {UNIT_FEN}), 0
                   ) AS kept
            FROM points_earned_lines WHERE order_id = e.order_id
        ) l
        LEFT JOIN LATERAL (
            SELECT * FROM points_lots WHERE entry_id = e.entry_id LIMIT 1
        ) t ON true
        WHERE e.created_at >= :since
          AND (e.points <> l.paid OR e.reversed <> l.paid - l.kept
               OR coalesce(t.granted, 0) <> e.points OR coalesce(t.reversed, 0) <> e.reversed
               OR t.frozen <> (e.thawed_at IS NULL))
        """,  # noqa: S608
    ),
    Invariant(
        "I1e",
        "an hour later an order has earned, given back and freed what its facts say",
        _behind,
    ),
)
