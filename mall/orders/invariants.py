"""I6, I8, I13 to I15: an order's history, its refunds and rebates, what it costs, its holds."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.orders.kinds import ORDER_KINDS
from mall.orders.states import TRANSITIONS

# The names are our own constants, never input.
_ALLOWED = ", ".join(
    f"({'NULL' if start is None else repr(start)}, {end!r})"
    for start, ends in TRANSITIONS.items()
    for end in sorted(ends)
)


def _free_by_mistake() -> str:
    kinds = ORDER_KINDS.items().values()
    free = [f"'{kind.name}'" for kind in kinds if kind.may_be_free] or ["NULL"]
    return f"""
        SELECT order_no, kind, payable_fen FROM orders
        WHERE created_at >= :since
          AND (payable_fen < 0 OR payable_fen = 0 AND (kind IN ({", ".join(free)})) IS NOT TRUE)
    """  # noqa: S608 - names of our own


INVARIANTS = (
    Invariant(
        "I6a",
        "each step of an order is in the transition table and follows the step before",
        f"""
        SELECT order_id, id AS transition_id, from_status, to_status, before
        FROM (
            SELECT t.*, lag(to_status) OVER (PARTITION BY order_id ORDER BY id) AS before
            FROM order_transitions t
            WHERE order_id IN (SELECT id FROM orders WHERE created_at >= :since)
        ) step
        WHERE (from_status IS DISTINCT FROM before
           OR NOT EXISTS (
               SELECT 1 FROM (VALUES {_ALLOWED}) allowed (from_status, to_status)
               WHERE allowed.from_status IS NOT DISTINCT FROM step.from_status
                 AND allowed.to_status = step.to_status
           ))
        """,  # noqa: S608
    ),
    Invariant(
        "I6b",
        "an order is where its last step led",
        """
        SELECT o.order_no, o.status, t.to_status AS last_step
        FROM orders o
        LEFT JOIN LATERAL (
            SELECT to_status FROM order_transitions WHERE order_id = o.id
            ORDER BY id DESC LIMIT 1
        ) t ON true
        WHERE o.created_at >= :since AND t.to_status IS DISTINCT FROM o.status
        """,
    ),
    Invariant(
        "I6c",
        "a payment never revives a closed order: another one stands for it",
        """
        SELECT o.order_no, o.status, o.paid_fen, o.refunded_fen
        FROM orders o
        WHERE o.created_at >= :since
          AND ((o.status = 'closed' AND o.paid_fen <> o.refunded_fen
                AND (o.close_reason IS DISTINCT FROM 'refunded' OR 0 < (
                    SELECT count(*) FROM order_lines kept
                    WHERE kept.order_id = o.id AND kept.gift IS NULL
                      AND kept.refunded_quantity < kept.quantity)))
               OR (o.status = 'unpaid' AND o.paid_at IS NOT NULL)
               OR (o.status IN ('paid', 'shipped', 'completed') AND o.paid_at IS NULL))
        UNION ALL
        SELECT o.order_no, o.status, o.paid_fen, o.refunded_fen
        FROM orders o JOIN orders successor ON successor.replaces_order_id = o.id
        WHERE successor.created_at >= :since AND (o.status <> 'closed' OR o.paid_at IS NOT NULL)
        """,
    ),
    Invariant(
        "I8a",
        "refunds of an order or a line stay within what was paid",
        """
        SELECT o.order_no, o.paid_fen, o.refunding_fen + o.refunded_fen AS refunds_fen,
               l.over AS lines_over
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT array_agg(id) AS over FROM order_lines
            WHERE order_id = o.id AND (refunded_fen > payable_fen OR refunded_quantity > quantity)
        ) l
        WHERE o.created_at >= :since
          AND (o.refunding_fen + o.refunded_fen > o.paid_fen OR l.over IS NOT NULL)
        """,
    ),
    Invariant(
        "I14",
        "of an order on hold nothing has left",
        """
        SELECT o.order_no, o.status, o.hold_reason, sum(l.shipped_quantity) AS sent
        FROM orders o JOIN order_lines l ON l.order_id = o.id
        WHERE o.hold_reason IS NOT NULL
        GROUP BY o.id
        HAVING sum(l.shipped_quantity) > 0 OR o.status NOT IN ('unpaid', 'paid')
        """,
    ),
    Invariant(
        "I15a",
        "a line's refunds and rebates stay within what was paid for it, an order's with its lines'",
        """
        SELECT o.order_no, o.paid_fen, o.refunding_fen + o.refunded_fen AS refunds_fen,
               l.fen + o.freight_refunded_fen AS lines_fen, l.over AS lines_over
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT sum(refunded_fen + rebated_fen) AS fen,
                   array_agg(id) FILTER (WHERE refunded_fen + rebated_fen > payable_fen) AS over
            FROM order_lines WHERE order_id = o.id
        ) l
        WHERE o.created_at >= :since
          AND (o.refunding_fen + o.refunded_fen <> l.fen + o.freight_refunded_fen
               OR l.over IS NOT NULL)
        """,
    ),
    Invariant("I13a", "an order costs something, unless its kind may be free", _free_by_mistake),
    Invariant(
        "I13b",
        "an order's total is the sum of its lines, its freight and its adjustments",
        """
        SELECT o.order_no, o.payable_fen, o.goods_fen, o.discount_fen, o.freight_fen,
               l.payable_fen AS lines_fen, l.total_fen AS lines_total_fen,
               coalesce(a.discount_fen, 0) AS adjustments_fen,
               coalesce(a.freight_fen, 0) AS freight_adjustments_fen
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT sum(payable_fen) AS payable_fen, sum(total_fen) AS total_fen
            FROM order_lines WHERE order_id = o.id
        ) l
        CROSS JOIN LATERAL (
            SELECT sum(amount_fen) FILTER (WHERE lane <> 'FREIGHT') AS discount_fen,
                   sum(amount_fen) FILTER (WHERE lane = 'FREIGHT') AS freight_fen
            FROM order_adjustments WHERE order_id = o.id
        ) a
        WHERE o.created_at >= :since
          AND (l.total_fen IS NULL
               OR o.goods_fen <> l.total_fen
               OR o.payable_fen <> l.payable_fen + o.freight_fen
               OR o.discount_fen <> -coalesce(a.discount_fen, 0)
               OR o.freight_fen <> coalesce(a.freight_fen, 0))
        """,
    ),
    Invariant(
        "I13c",
        "staff make an order only cheaper, and it costs what they said last",
        """
        SELECT o.order_no, a.source, a.amount_fen, o.payable_fen, c.payable_after_fen
        FROM orders o
        LEFT JOIN order_adjustments a ON a.order_id = o.id AND a.source LIKE 'staff:%'
            AND (a.amount_fen >= 0 OR 0 < ANY (a.shares))
        LEFT JOIN LATERAL (
            SELECT payable_after_fen, freight_after_fen FROM order_price_changes
            WHERE order_id = o.id ORDER BY id DESC LIMIT 1
        ) c ON true
        WHERE o.created_at >= :since
          AND (a.id IS NOT NULL
               OR (c.payable_after_fen, c.freight_after_fen) <> (o.payable_fen, o.freight_fen))
        """,
    ),
    Invariant(
        "I11j",
        "a shipped order is completed within an hour of its time",
        """
        SELECT order_no, auto_confirm_at FROM orders
        WHERE status = 'shipped' AND auto_confirm_at < now() - interval '1 hour'
        """,
    ),
    Invariant(
        "I3d",
        "sold is what paid orders keep",
        """
        SELECT s.sku_id, s.sold, coalesce(o.kept, 0) AS kept
        FROM stocks s
        CROSS JOIN LATERAL (
            SELECT sum(l.quantity - l.restocked_quantity - l.returned_quantity) AS kept
            FROM order_lines l JOIN orders o ON o.id = l.order_id
            WHERE l.sku_id = s.sku_id AND o.paid_at IS NOT NULL
        ) o
        WHERE s.sold <> coalesce(o.kept, 0) AND s.sold <= :most
          AND s.sku_id IN (SELECT sku_id FROM stock_movements WHERE created_at >= :since)
        """,
    ),
)
