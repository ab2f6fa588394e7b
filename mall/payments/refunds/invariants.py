"""I8, I11: what goes back, and that it is followed until it has."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I8b",
        "an order's refunded and refunding amounts are the sum of its refunds",
        """
        SELECT o.order_no, o.refunding_fen, coalesce(r.open_fen, 0) AS open_fen,
               o.refunded_fen, coalesce(r.done_fen, 0) AS done_fen
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT sum(amount_fen) FILTER (WHERE status = 'succeeded') AS done_fen,
                   sum(amount_fen) FILTER (WHERE status NOT IN ('succeeded', 'canceled'))
                       AS open_fen
            FROM refunds WHERE kind = 'order' AND order_id = o.id
        ) r
        WHERE o.created_at >= :since
          AND (o.refunding_fen <> coalesce(r.open_fen, 0)
               OR o.refunded_fen <> coalesce(r.done_fen, 0))
        """,
    ),
    Invariant(
        "I8c",
        "a line's refunds and rebates are the sums of what its refunds say",
        """
        SELECT l.order_id, l.id AS line_id, l.refunded_fen, coalesce(r.fen, 0) AS refunds_fen,
               l.rebated_fen, coalesce(r.rebates_fen, 0) AS rebates_fen,
               l.refunded_quantity, coalesce(r.units, 0) AS refunds_units
        FROM orders o
        JOIN order_lines l ON l.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT sum(rl.amount_fen) FILTER (WHERE rl.quantity > 0) AS fen,
                   sum(rl.amount_fen) FILTER (WHERE rl.quantity = 0) AS rebates_fen,
                   sum(rl.quantity) AS units
            FROM refunds r JOIN refund_lines rl ON rl.refund_id = r.id
            WHERE r.order_id = o.id AND rl.order_line_id = l.id AND r.status <> 'canceled'
        ) r
        WHERE o.created_at >= :since
          AND (l.refunded_fen <> coalesce(r.fen, 0)
               OR l.rebated_fen <> coalesce(r.rebates_fen, 0)
               OR l.refunded_quantity <> coalesce(r.units, 0))
        """,
    ),
    Invariant(
        "I8d",
        "the refunds of a payment stay within it",
        """
        SELECT a.id AS attempt_id, a.amount_fen, r.refunds_fen
        FROM payment_attempts a
        CROSS JOIN LATERAL (
            SELECT sum(amount_fen) AS refunds_fen FROM refunds
            WHERE attempt_id = a.id AND status <> 'canceled'
        ) r
        WHERE a.created_at >= :since AND r.refunds_fen > a.amount_fen
        """,
    ),
    Invariant(
        "I27c",
        "an approved refund was requested, once, of the order that it was asked for",
        """
        SELECT a.id, a.ref, a.result FROM approvals a
        WHERE a.created_at >= :since AND a.kind = 'payments.refund' AND a.status = 'approved'
          AND (NOT EXISTS (SELECT 1 FROM refunds r JOIN orders o ON o.id = r.order_id
                           WHERE r.refund_no = a.result AND o.order_no = a.ref)
               OR EXISTS (SELECT 1 FROM approvals b
                          WHERE b.ref = a.ref AND b.result = a.result AND b.id <> a.id))
        """,
    ),
    Invariant(
        "I11l",
        "a refund that isn't over is followed until it is",
        """
        SELECT r.refund_no, r.status FROM refunds r
        WHERE r.status IN ('pending', 'sent', 'abnormal') AND NOT EXISTS (
            SELECT 1 FROM outbound_calls c
            WHERE c.kind = 'payments.refund' AND c.key = r.id AND c.due_at IS NOT NULL)
        """,
    ),
)
