"""I6: every order's history is a path of the transition table."""

from __future__ import annotations

from mall.doctor.promise import Invariant
from mall.orders.states import TRANSITIONS

# The names are our own constants, never input.
_ALLOWED = ", ".join(
    f"({'NULL' if start is None else repr(start)}, {end!r})"
    for start, ends in TRANSITIONS.items()
    for end in sorted(ends)
)

INVARIANTS = (
    Invariant(
        "I6a",
        "each step of an order is in the transition table and follows the step before",
        f"""
        SELECT order_id, id AS transition_id, from_status, to_status, before
        FROM (
            SELECT t.*, lag(to_status) OVER (PARTITION BY order_id ORDER BY id) AS before
            FROM order_transitions t
        ) step
        WHERE from_status IS DISTINCT FROM before
           OR NOT EXISTS (
               SELECT 1 FROM (VALUES {_ALLOWED}) allowed (from_status, to_status)
               WHERE allowed.from_status IS NOT DISTINCT FROM step.from_status
                 AND allowed.to_status = step.to_status
           )
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
        WHERE t.to_status IS DISTINCT FROM o.status
        """,
    ),
    Invariant(
        "I6c",
        "a payment never revives a closed order: another one stands for it",
        """
        SELECT o.order_no, o.status, o.paid_fen, o.refunded_fen
        FROM orders o
        WHERE (o.status = 'closed' AND o.paid_fen <> o.refunded_fen)
           OR (o.status = 'unpaid' AND o.paid_fen > 0)
           OR (o.status IN ('paid', 'shipped', 'completed') AND o.paid_fen = 0)
        UNION ALL
        SELECT o.order_no, o.status, o.paid_fen, o.refunded_fen
        FROM orders o JOIN orders successor ON successor.replaces_order_id = o.id
        WHERE o.status <> 'closed' OR o.paid_fen > 0
        """,
    ),
)
