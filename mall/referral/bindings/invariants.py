"""I21: a binding has no ring, no self, and an invitee one inviter at a time."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I21a",
        "nobody stands above themselves",
        """
        WITH RECURSIVE above (start_id, inviter_id, ring) AS (
            SELECT invitee_id, inviter_id, false FROM referral_bindings
            WHERE ended_at IS NULL AND created_at >= :since
            UNION
            SELECT a.start_id, b.inviter_id, b.inviter_id = a.start_id
            FROM above a JOIN referral_bindings b ON b.invitee_id = a.inviter_id
            WHERE b.ended_at IS NULL AND NOT a.ring
        )
        SELECT start_id AS user_id FROM above WHERE ring
        """,
    ),
    Invariant(
        "I21b",
        "at no moment did an invitee belong to two inviters",
        """
        SELECT a.id, b.id AS other_id, a.invitee_id
        FROM referral_bindings b CROSS JOIN LATERAL (
            SELECT * FROM referral_bindings
            WHERE invitee_id = b.invitee_id AND id < b.id OFFSET 0
        ) a
        WHERE b.created_at >= :since
          AND a.bound_at < coalesce(least(b.ended_at, b.expires_at), 'infinity')
          AND b.bound_at < coalesce(least(a.ended_at, a.expires_at), 'infinity')
        """,
    ),
)
