"""How the invariants of approvals and of closed accounts are broken."""

from __future__ import annotations

APPROVAL = (
    "INSERT INTO approvals (kind, ref, payload, reason, status, expires_at, ended_at, decided_by,"
    " result) SELECT '{kind}', order_no, '{{}}', '', '{status}', now() - interval '2 hours', now(),"
    " 1, {result} FROM orders WHERE id = :paid"
)

R1 = "'R1'"
"""The refund of the sound shop."""


def approval(kind: str, status: str, result: str = "NULL") -> str:
    return APPROVAL.format(kind=kind, status=status, result=result)


IN_TRAIL = (
    "INSERT INTO audit_entries (staff_id, actor, action, target_type, target_id)"
    " SELECT {staff}, 'x', 'approval.approve', 'approval', id FROM approvals"
)
CLOSED = "UPDATE users SET closed_at = now() - interval '2 hours', erase_due_at = {due}"
CART = (
    "INSERT INTO cart_lines (user_id, sku_id, quantity, slot)"
    " SELECT user_id, 1, 1, 1 FROM orders WHERE id = :paid"
)
BREAKS: dict[str, list[str]] = {
    "I27a": [
        approval("tests.gift", "approved"),
        approval("tests.gift", "rejected"),
        f"{approval('tests.gift', 'approved')}; {IN_TRAIL.format(staff=2)}",
        f"{approval('tests.gift', 'approved')}; {IN_TRAIL.format(staff=1)};"
        f" {IN_TRAIL.format(staff=1)}",
    ],
    "I27b": [approval("tests.gift", "pending")],
    "I27c": [
        approval("payments.refund", "approved"),
        approval("payments.refund", "approved", "'R2'"),
        f"{approval('payments.refund', 'approved', R1)}; UPDATE approvals SET ref = 'another'",
        f"{approval('payments.refund', 'approved', R1)};"
        f" {approval('payments.refund', 'approved', R1)}",
    ],
    "I28a": [CLOSED.format(due="NULL")],
    "I28b": [f"{CLOSED.format(due='now()')}; {CART}"],
    "I28c": [CLOSED.format(due="NULL")],
    "I28e": [
        "INSERT INTO closed_customers VALUES ('x', now() - interval '3 years', now())",
        "INSERT INTO closed_customers VALUES ('x', now(), now() - interval '3 days')",
        "UPDATE users SET bought_before_until = now() - interval '3 days'",
    ],
    "I28d": [CLOSED.format(due="now() - interval '2 hours'")],
}
