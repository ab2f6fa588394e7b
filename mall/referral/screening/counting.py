"""What is counted about an invitee and their inviter, for the score. Bounded by indexes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

# How many other invitees (of whichever inviter), and the inviter, share a trait. A trait of more
# than MOST is as bad as one of MOST. Of a trait that a crowd shares (a school, an office) so many
# people are looked at, those who came last.
_MOST, _LOOKED_AT = 50, 2_000
_SHARED = text(
    f"""
    SELECT t.kind, max(n.others) + 1 AS people FROM referral_traits t CROSS JOIN LATERAL (
        SELECT count(*) AS others FROM (
            SELECT FROM (
                SELECT s.user_id FROM referral_traits s
                WHERE s.kind = t.kind AND s.digest = t.digest AND s.user_id <> t.user_id
                ORDER BY s.user_id DESC LIMIT {_LOOKED_AT}
            ) o
            WHERE o.user_id = :inviter_id
               OR EXISTS (SELECT FROM referral_bindings b WHERE b.invitee_id = o.user_id)
            LIMIT {_MOST}
        ) found
    ) n
    WHERE t.user_id = :invitee_id GROUP BY t.kind
    """  # noqa: S608
)
_INVITER = text(
    """
    SELECT
        (SELECT count(*) FROM (
            SELECT FROM referral_bindings d WHERE d.inviter_id = b.inviter_id
              AND d.bound_at BETWEEN b.bound_at - interval '12 hours'
                                 AND b.bound_at + interval '12 hours' LIMIT 100) near) AS burst,
        (SELECT count(*) FROM (
            SELECT FROM referral_bindings d JOIN referral_screenings s ON s.binding_id = d.id
            WHERE d.inviter_id = b.inviter_id AND s.status = 'void' LIMIT 50) bad) AS voided,
        u.risk_rank, i.risk_rank AS inviter_risk, u.created_at
    FROM referral_bindings b JOIN users u ON u.id = b.invitee_id JOIN users i ON i.id = b.inviter_id
    WHERE b.id = :binding_id
    """
)
# Of the last hundred orders that the inviter's invitees paid for, how many came back whole.
_REFUNDS = text(
    """
    SELECT count(*) AS orders, count(*) FILTER (WHERE refunded_fen >= paid_fen) AS back FROM (
        SELECT o.paid_fen, o.refunded_fen
        FROM order_attributions a JOIN orders o ON o.id = a.order_id
        WHERE a.inviter_id = :inviter_id ORDER BY a.order_id DESC LIMIT 100) last
    """
)
_FIRST_ORDER = text(
    """
    SELECT o.created_at, o.refunded_fen > 0 AND o.refunded_fen >= o.paid_fen AS back
    FROM orders o WHERE o.user_id = :invitee_id AND o.paid_at IS NOT NULL AND o.payable_fen > 0
    ORDER BY o.id LIMIT 1
    """
)
FEWEST_ORDERS = 4
"""A share of refunds says nothing of fewer orders."""
HASTY_S = 60
NAMES = {
    "device": "device_shared",
    "address": "address_shared",
    "phone": "phone_shared",
    "phone_prefix": "phone_range",
}


def counts_of(session: Session, binding: Any) -> dict[str, int]:
    """What is known of a binding (with `id`, `inviter_id`, `invitee_id`), by the names of
    `scoring.WEIGHTS`."""
    who = {"inviter_id": binding.inviter_id, "invitee_id": binding.invitee_id}
    counts = {
        NAMES[row.kind]: int(row.people) for row in session.execute(_SHARED, who) if row.people > 1
    }
    facts = session.execute(_INVITER, {"binding_id": binding.id}).one()
    counts["inviter_burst"], counts["inviter_voided"] = facts.burst, facts.voided
    counts["wechat_risk"] = facts.risk_rank or 0
    counts["inviter_risk"] = facts.inviter_risk or 0
    orders = session.execute(_REFUNDS, who).one()
    if orders.orders >= FEWEST_ORDERS:
        counts["inviter_refunds"] = 100 * orders.back // orders.orders
    first = session.execute(_FIRST_ORDER, who).one_or_none()
    if first is not None:
        hasty = (first.created_at - facts.created_at).total_seconds() < HASTY_S
        counts["hasty_order"], counts["refunded"] = int(hasty), int(first.back)
    return counts
