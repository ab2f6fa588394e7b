"""What must always hold of commission."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

_TOUCHED = "SELECT user_id FROM commission_entries WHERE created_at >= :since"
INVARIANTS = (
    Invariant(
        "I1f",
        "what a commission account has is the sum of its entries",
        f"""
        SELECT a.user_id, a.pending_fen, a.available_fen, a.held_fen, a.debt_fen, e.*
        FROM commission_accounts a
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(pending_fen), 0) AS pending_sum,
                   coalesce(sum(available_fen), 0) AS available_sum,
                   coalesce(sum(held_fen), 0) AS held_sum, coalesce(sum(debt_fen), 0) AS debt_sum
            FROM commission_entries WHERE user_id = a.user_id
        ) e
        WHERE a.user_id IN ({_TOUCHED})
          AND (a.pending_fen, a.available_fen, a.held_fen, a.debt_fen)
              <> (e.pending_sum, e.available_sum, e.held_sum, e.debt_sum)
        """,  # noqa: S608
    ),
    Invariant(
        "I1g",
        "a commission account holds what its holds hold",
        f"""
        SELECT a.user_id, a.held_fen, h.fen FROM commission_accounts a
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen), 0) AS fen FROM commission_holds
            WHERE user_id = a.user_id AND status = 'held'
        ) h
        WHERE a.user_id IN ({_TOUCHED}) AND a.held_fen <> h.fen
        """,  # noqa: S608
    ),
    Invariant(
        "I1h",
        "what a promoter's lines keep is what their entries brought, and waits where they wait",
        f"""
        SELECT a.user_id, a.pending_fen, l.pending, l.kept, e.brought FROM commission_accounts a
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen - reversed_fen), 0) AS kept,
                   coalesce(sum(amount_fen - reversed_fen) FILTER (WHERE status = 'pending'), 0)
                       AS pending
            FROM commission_lines WHERE promoter_id = a.user_id
        ) l
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(pending_fen + available_fen - debt_fen), 0) AS brought
            FROM commission_entries
            WHERE user_id = a.user_id AND kind IN ('earn', 'reverse', 'settle', 'void')
        ) e
        WHERE a.user_id IN ({_TOUCHED})
          AND (a.pending_fen <> l.pending OR l.kept <> e.brought)
        """,  # noqa: S608
    ),
    Invariant(
        "I1i",
        "an hour later commission is decided, due, settled or less, as its order says",
        """
        SELECT NULL AS id, a.order_id, 'not decided' AS what FROM order_attributions a
        WHERE a.day >= CAST(:since AS date) - 1 AND a.created_at >= :since
          AND a.created_at < now() - interval '1 hour'
          AND NOT EXISTS (SELECT FROM commission_orders c WHERE c.order_id = a.order_id)
        UNION ALL
        SELECT l.id, l.order_id, 'not due' FROM commission_lines l
        JOIN orders o ON o.id = l.order_id
        WHERE l.created_at >= :since AND l.status = 'pending' AND l.due_at IS NULL
          AND greatest(o.settled_at, l.created_at) < now() - interval '1 hour'
          AND o.settled_at IS NOT NULL
        UNION ALL
        SELECT id, order_id, 'not settled' FROM commission_lines
        WHERE status = 'pending' AND look_at < now() - interval '1 hour'
        UNION ALL
        SELECT l.id, l.order_id, 'not taken back' FROM commission_lines l
        JOIN order_lines s ON s.order_id = l.order_id AND s.position = l.position
        JOIN refund_lines r ON r.order_line_id = s.id
        JOIN refunds f ON f.id = r.refund_id AND f.status = 'succeeded'
            AND f.succeeded_at < now() - interval '1 hour'
        WHERE l.created_at >= :since AND l.created_at < now() - interval '1 hour'
          AND l.status <> 'void'
        GROUP BY l.id HAVING least(sum(r.amount_fen), l.base_fen) > l.back_fen
        """,
    ),
    Invariant(
        "I1j",
        "no line of an order pays more than was paid for it, and nobody twice for one line",
        """
        SELECT order_id, position, sum(amount_fen) AS fen, max(base_fen) AS base_fen
        FROM commission_lines WHERE created_at >= :since
        GROUP BY order_id, position
        HAVING sum(amount_fen) > max(base_fen) OR count(DISTINCT promoter_id) <> count(*)
        """,
    ),
    Invariant(
        "I2b",
        "nobody owes commission and has some to withdraw, and no figure is negative",
        """
        SELECT user_id, pending_fen, available_fen, held_fen, debt_fen FROM commission_accounts
        WHERE user_id IN (SELECT user_id FROM commission_entries WHERE created_at >= :since)
          AND ((available_fen > 0 AND debt_fen > 0)
               OR least(pending_fen, available_fen, held_fen, debt_fen) < 0)
        """,
    ),
)
