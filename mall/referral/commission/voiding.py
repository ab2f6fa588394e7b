"""Staff make a line void, for a reason."""

from __future__ import annotations

from sqlalchemy import select

from mall.kernel.db import transaction
from mall.orders.locking import lock_order_by_id
from mall.referral.commission.clearing import BY_STAFF
from mall.referral.commission.errors import CommissionLineNotFound, CommissionLineOver
from mall.referral.commission.line_models import CommissionLine
from mall.referral.commission.line_queries import ShownLine, line
from mall.referral.commission.reversing import void_lines
from mall.staff.audit import record, staff_of_request


def void_line(line_id: int, reason: str) -> ShownLine:
    """The line pays nothing; of what has settled, what is missing in the account is owed.

    Raises CommissionLineNotFound, and CommissionLineOver when nothing of it is left.
    """
    with transaction() as session:
        order_id = session.scalar(
            select(CommissionLine.order_id).where(CommissionLine.id == line_id)
        )
        if order_id is None:
            raise CommissionLineNotFound
        lock_order_by_id(session, order_id)
        staff = staff_of_request()
        staff_id = staff.staff_id if staff else None
        taken_fen = void_lines(session, [line_id], BY_STAFF, note=reason, staff_id=staff_id)
        if not taken_fen:
            raise CommissionLineOver
        found = line(session, line_id)
        record(
            session,
            action="commission_line.void",
            target_type="commission_line",
            target_id=line_id,
            after={"reason": reason, "taken_fen": taken_fen, "promoter_id": found.promoter_id},
        )
        return found
