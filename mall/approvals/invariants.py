"""What must always hold of approvals. The table's own constraints hold four eyes."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I27a",
        "each decision stands in the trail, by whoever decided and nobody else",
        """
        SELECT a.id, a.status FROM approvals a
        WHERE a.created_at >= :since AND a.status IN ('approved', 'rejected')
          AND (SELECT count(*) FROM audit_entries e
               WHERE e.target_type = 'approval' AND e.target_id = a.id::text
                 AND e.action IN ('approval.approve', 'approval.reject')
                 AND e.staff_id = a.decided_by) <> 1
        """,
    ),
    Invariant(
        "I27b",
        "no approval is open an hour after its time",
        """
        SELECT id, kind, ref, expires_at FROM approvals
        WHERE status = 'pending' AND expires_at < now() - interval '1 hour'
        """,
    ),
)
