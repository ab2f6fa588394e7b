"""I5, I8, I13: what was paid, what goes back, what an order costs."""

from __future__ import annotations

from mall.doctor.promise import Invariant

INVARIANTS = (
    Invariant(
        "I5a",
        "a successful payment pays one order: its amount, its payer",
        """
        SELECT a.id AS attempt_id, o.order_no, o.status, o.paid_fen, a.amount_fen,
               u.openid = a.openid AS payer_matches
        FROM payment_attempts a
        JOIN orders o ON o.id = a.order_id
        JOIN users u ON u.id = o.user_id
        WHERE a.status = 'succeeded'
          AND (o.paid_fen <> a.amount_fen OR u.openid <> a.openid OR o.status = 'unpaid'
               OR a.transaction_id IS NULL)
        """,
    ),
    Invariant(
        "I5b",
        "a paid order has exactly one successful payment",
        """
        SELECT o.order_no, o.paid_fen, count(a.id) AS payments
        FROM orders o
        LEFT JOIN payment_attempts a ON a.order_id = o.id AND a.status = 'succeeded'
        WHERE o.paid_fen > 0
        GROUP BY o.id HAVING count(a.id) <> 1
        """,
    ),
    Invariant(
        "I5c",
        "a payment that pays for nothing goes back in full, once",
        """
        SELECT a.id AS attempt_id, a.status, a.amount_fen, count(r.id) AS whole_refunds,
               sum(r.amount_fen) AS refunds_fen
        FROM payment_attempts a
        LEFT JOIN refunds r ON r.attempt_id = a.id AND r.kind <> 'staff'
        GROUP BY a.id
        HAVING CASE WHEN a.status = 'refunded'
               THEN count(r.id) <> 1 OR sum(r.amount_fen) <> a.amount_fen
               ELSE count(r.id) > 0 END
        """,
    ),
    Invariant(
        "I8a",
        "refunds of an order or a line stay within what was paid",
        """
        SELECT o.order_no, NULL AS line_id, o.paid_fen AS limit_fen,
               o.refunding_fen + o.refunded_fen AS refunds_fen
        FROM orders o WHERE o.refunding_fen + o.refunded_fen > o.paid_fen
        UNION ALL
        SELECT o.order_no, l.id, l.payable_fen, l.refunded_fen
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.refunded_fen > l.payable_fen OR l.refunded_quantity > l.quantity
        """,
    ),
    Invariant(
        "I8b",
        "an order's refunded and refunding amounts are the sum of its refunds",
        """
        SELECT o.order_no, o.refunding_fen, coalesce(r.open_fen, 0) AS open_fen,
               o.refunded_fen, coalesce(r.done_fen, 0) AS done_fen
        FROM orders o
        LEFT JOIN (
            SELECT order_id,
                   sum(amount_fen) FILTER (WHERE status = 'succeeded') AS done_fen,
                   sum(amount_fen) FILTER (WHERE status NOT IN ('succeeded', 'canceled'))
                       AS open_fen
            FROM refunds WHERE kind = 'staff' GROUP BY order_id
        ) r ON r.order_id = o.id
        WHERE o.refunding_fen <> coalesce(r.open_fen, 0)
           OR o.refunded_fen <> coalesce(r.done_fen, 0)
        """,
    ),
    Invariant(
        "I8c",
        "a line's refunds are the sum of what its refunds say",
        """
        SELECT l.order_id, l.id AS line_id, l.refunded_fen, coalesce(r.fen, 0) AS refunds_fen,
               l.refunded_quantity, coalesce(r.units, 0) AS refunds_units
        FROM order_lines l
        LEFT JOIN (
            SELECT rl.order_line_id, sum(rl.amount_fen) AS fen, sum(rl.quantity) AS units
            FROM refund_lines rl JOIN refunds r ON r.id = rl.refund_id
            WHERE r.status <> 'canceled' GROUP BY rl.order_line_id
        ) r ON r.order_line_id = l.id
        WHERE l.refunded_fen <> coalesce(r.fen, 0) OR l.refunded_quantity <> coalesce(r.units, 0)
        """,
    ),
    Invariant(
        "I8d",
        "the refunds of a payment stay within it",
        """
        SELECT a.id AS attempt_id, a.amount_fen, sum(r.amount_fen) AS refunds_fen
        FROM payment_attempts a
        JOIN refunds r ON r.attempt_id = a.id AND r.status <> 'canceled'
        GROUP BY a.id HAVING sum(r.amount_fen) > a.amount_fen
        """,
    ),
    Invariant(
        "I13a",
        "an order costs something",
        "SELECT order_no, payable_fen FROM orders WHERE payable_fen <= 0",
    ),
    Invariant(
        "I13b",
        "an order's total is the sum of its lines, its freight and its adjustments",
        """
        SELECT o.order_no, o.payable_fen, o.goods_fen, o.discount_fen, o.freight_fen,
               l.payable_fen AS lines_fen, l.total_fen AS lines_total_fen,
               coalesce(a.discount_fen, 0) AS adjustments_fen,
               coalesce(a.freight_fen, 0) AS freight_adjustments_fen
        FROM orders o
        LEFT JOIN (
            SELECT order_id, sum(payable_fen) AS payable_fen, sum(total_fen) AS total_fen
            FROM order_lines GROUP BY order_id
        ) l ON l.order_id = o.id
        LEFT JOIN (
            SELECT order_id,
                   sum(amount_fen) FILTER (WHERE lane <> 'FREIGHT') AS discount_fen,
                   sum(amount_fen) FILTER (WHERE lane = 'FREIGHT') AS freight_fen
            FROM order_adjustments GROUP BY order_id
        ) a ON a.order_id = o.id
        WHERE l.order_id IS NULL
           OR o.goods_fen <> l.total_fen
           OR o.payable_fen <> l.payable_fen + o.freight_fen
           OR o.discount_fen <> -coalesce(a.discount_fen, 0)
           OR o.freight_fen <> coalesce(a.freight_fen, 0)
        """,
    ),
)
