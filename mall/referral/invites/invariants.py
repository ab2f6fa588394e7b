"""I21, I9: an invite is what its orders and its screening say."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I56a",
        "an invite counts the settled orders under its binding that stand, its first order is the"
        " first of them, and it is of the binding's two shoppers",
        """
        SELECT i.id AS invite_id, i.orders_settled, f.settled FROM referral_invites i
        JOIN referral_bindings b ON b.id = i.binding_id
        CROSS JOIN LATERAL (
            SELECT min(o.id) AS first_id,
                   count(*) FILTER (
                       WHERE o.settled_at IS NOT NULL AND o.status <> 'closed' AND EXISTS (
                           SELECT FROM order_lines l
                           WHERE l.order_id = o.id AND l.refunded_quantity < l.quantity)
                   ) AS settled
            FROM order_attributions a JOIN orders o ON o.id = a.order_id
            WHERE a.binding_id = i.binding_id
        ) f
        WHERE i.changed_at >= :since AND i.changed_at < now() - interval '10 minutes'
          AND (i.orders_settled <> f.settled OR i.order_id <> f.first_id
               OR i.inviter_id <> b.inviter_id OR i.invitee_id <> b.invitee_id)
        """,
    ),
    Invariant(
        "I56b",
        "no invite counts for sure that staff voided, or of which nothing is settled",
        """
        SELECT i.id AS invite_id, s.status FROM referral_invites i
        LEFT JOIN referral_screenings s ON s.binding_id = i.binding_id
        WHERE i.status = 'qualified' AND i.changed_at >= :since
          AND (i.orders_settled = 0
               OR (s.status = 'void' AND s.decided_at < now() - interval '10 minutes'))
        """,
    ),
    Invariant(
        "I57a",
        "whoever has bought under a binding was screened since: no invite's screening still waits"
        " for a first order",
        """
        SELECT i.id AS invite_id, s.score FROM referral_invites i
        JOIN referral_screenings s ON s.binding_id = i.binding_id
        WHERE s.status = 'waiting' AND i.changed_at >= :since
        """,
    ),
    Invariant(
        "I57b",
        "no invite waits for screening that is cleared for an hour",
        """
        SELECT i.id AS invite_id, s.score FROM referral_invites i
        JOIN referral_screenings s ON s.binding_id = i.binding_id
        WHERE i.status = 'waiting' AND s.status = 'clear'
          AND i.changed_at < now() - interval '1 hour'
          AND coalesce(s.decided_at, s.scored_at) < now() - interval '1 hour'
        """,
    ),
)
