"""I8, I11, I16: within what was paid, each history a path, settled when all is over."""

from __future__ import annotations

from mall.aftersales.settling import late_orders
from mall.aftersales.states import TRANSITIONS
from mall.kernel.invariants import Invariant

# The names are our own constants, never input.
_ALLOWED = ", ".join(
    f"({'NULL' if start is None else repr(start)}, {end!r})"
    for start, ends in TRANSITIONS.items()
    for end in sorted(ends)
)


INVARIANTS = (
    Invariant(
        "I8e",
        "the after-sales of a line never ask more than its units and what was paid for it",
        """
        SELECT l.id AS line_id, l.quantity, sum(s.quantity) AS units, l.payable_fen,
               sum(CASE WHEN a.refund_no IS NULL THEN s.share_fen ELSE s.amount_fen END) AS fen
        FROM after_sale_lines s
        JOIN after_sales a ON a.id = s.after_sale_id
        JOIN order_lines l ON l.id = s.order_line_id
        WHERE a.status NOT IN ('refused', 'canceled') AND l.order_id IN (
            SELECT order_id FROM after_sales WHERE created_at >= :since
        )
        GROUP BY l.id
        HAVING sum(s.quantity) > l.quantity
            OR sum(CASE WHEN a.refund_no IS NULL THEN s.share_fen ELSE s.amount_fen END)
               > l.payable_fen
        """,
    ),
    Invariant(
        "I8f",
        "an after-sale's refund is of its order and its amount, and ends when it does",
        """
        SELECT a.after_sale_no, a.status, a.refund_fen, l.fen + a.freight_fen AS lines_fen,
               r.amount_fen, r.status AS refund_status
        FROM after_sales a
        LEFT JOIN refunds r ON r.refund_no = a.refund_no
        CROSS JOIN LATERAL (
            SELECT sum(amount_fen) AS fen FROM after_sale_lines WHERE after_sale_id = a.id
        ) l
        WHERE a.created_at >= :since
          AND (a.status IN ('refunding', 'refunded') OR a.refund_no IS NOT NULL)
          AND (r.id IS NULL OR r.order_id <> a.order_id OR r.amount_fen <> a.refund_fen
               OR l.fen + a.freight_fen IS DISTINCT FROM a.refund_fen
               OR (a.status = 'refunded' AND r.status <> 'succeeded')
               OR (a.status = 'refused' AND r.status <> 'canceled'))
        """,
    ),
    Invariant(
        "I8g",
        "each step of an after-sale is in its table of transitions and leads to where it is",
        f"""
        SELECT a.after_sale_no, a.status, step.from_status, step.to_status, step.before
        FROM after_sales a
        LEFT JOIN LATERAL (
            SELECT s.*, lag(to_status) OVER (ORDER BY id) AS before,
                   lead(id) OVER (ORDER BY id) IS NULL AS last
            FROM after_sale_steps s WHERE s.after_sale_id = a.id
        ) step ON true
        WHERE a.created_at >= :since AND (step.id IS NULL
           OR step.from_status IS DISTINCT FROM step.before
           OR (step.last AND step.to_status <> a.status)
           OR NOT EXISTS (
               SELECT 1 FROM (VALUES {_ALLOWED}) allowed (from_status, to_status)
               WHERE allowed.from_status IS NOT DISTINCT FROM step.from_status
                 AND allowed.to_status = step.to_status
           ))
        """,  # noqa: S608
    ),
    Invariant(
        "I11g",
        "no after-sale waits long past its time, for a decision or for its refund's end",
        """
        SELECT after_sale_no, status, due_at FROM after_sales
        WHERE due_at < now() - interval '2 hours'
        UNION ALL
        SELECT a.after_sale_no, a.status, r.succeeded_at
        FROM after_sales a JOIN refunds r ON r.refund_no = a.refund_no
        WHERE a.status = 'refunding' AND r.succeeded_at < now() - interval '2 hours'
        """,
    ),
    Invariant(
        "I16a",
        "an order is settled once it is completed, with nothing under way at that moment",
        """
        SELECT o.order_no, o.status, o.completed_at, o.settled_at, a.after_sales, r.refunds
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT array_agg(after_sale_no) AS after_sales FROM after_sales
            WHERE order_id = o.id AND status NOT IN ('refunded', 'refused', 'canceled')
        ) a
        CROSS JOIN LATERAL (
            SELECT array_agg(refund_no) AS refunds FROM refunds
            WHERE order_id = o.id AND created_at < o.settled_at
              AND status NOT IN ('succeeded', 'canceled')
        ) r
        WHERE o.settled_at >= :since
          AND (o.status <> 'completed' OR o.settled_at < o.completed_at
               OR num_nonnulls(a.after_sales, r.refunds) > 0)
        """,
    ),
    Invariant(
        "I16b",
        "an order of which nothing is open is settled within an hour of its time",
        late_orders,
    ),
)
