"""Staff give and take points by hand, with a reason; many need a second pair of eyes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.approvals.kinds import ApprovalKind, Approved, Payload
from mall.approvals.requesting import request_approval
from mall.kernel.db import db_now, transaction
from mall.kernel.http.access import Staff
from mall.kernel.ledger import Reason
from mall.points.adjustments.allowance import ByHand, needs_approval
from mall.points.ledger import accounts
from mall.points.ledger.errors import AccountClosed
from mall.points.ledger.forfeiting import is_closed
from mall.points.ledger.kinds import ADJUST
from mall.points.ledger.models import PointsEntry
from mall.points.ledger.posting import post
from mall.points.ledger.validity import valid_until
from mall.points.statements.queries import known_shopper
from mall.staff.audit import record


@dataclass(frozen=True)
class Adjusted:
    """The entry that was made."""

    entry_id: int


@dataclass(frozen=True)
class AdjustmentAsked:
    """Nothing changed yet: an approval with this id was asked for."""

    approval_id: int


def adjust_or_ask(
    staff: Staff, user_id: int, points: int, reason: str
) -> Adjusted | AdjustmentAsked:
    """Give `points` (or take, below zero), or ask for an approval of it.

    An approval is needed when what this staff member gave and took by hand on this shop day is,
    with this, more than `points.approval_above`; what was approved doesn't count. Raises
    NotFound, AccountClosed, PointsShort, and ApprovalPending for one of the same shopper.
    """
    with transaction() as session:
        known_shopper(session, user_id)
        if needs_approval(session, staff.staff_id, abs(points)):
            payload = {"points": points, "reason": reason}
            ref = f"shopper:{user_id}"
            return AdjustmentAsked(request_approval(session, APPROVAL.name, ref, payload, reason))
        source = f"staff:{secrets.token_hex(16)}"
        return Adjusted(
            _adjust(session, user_id, points, Reason(ADJUST, source, reason, staff.staff_id))
        )


def _moved(session: Session, staff_id: int, since: datetime) -> int:
    moved = func.coalesce(func.sum(func.abs(PointsEntry.available)), 0)
    return int(
        session.scalar(
            select(moved).where(
                PointsEntry.staff_id == staff_id,
                PointsEntry.created_at >= since,
                PointsEntry.kind == ADJUST,
            )
        )
        or 0
    )


def _adjust(
    session: Session,
    user_id: int,
    points: int,
    reason: Reason,
    trail: dict[str, object] | None = None,
) -> int:
    accounts.lock(session, user_id)
    if is_closed(session, user_id):
        raise AccountClosed
    until = valid_until(db_now(session)) if points > 0 else None
    posted = post(session, user_id, reason, points, expires_at=until)
    record(
        session,
        action="points.adjust",
        target_type="shopper",
        target_id=user_id,
        after={"points": points, "reason": reason.note, "entry_id": posted.entry_id}
        | (trail or {}),
    )
    return posted.entry_id


def _execute(session: Session, approved: Approved) -> str:
    # Without `staff_id`: what another one approved isn't of anybody's day.
    reason = Reason(ADJUST, f"approval:{approved.approval_id}", approved.reason)
    trail: dict[str, object] = {
        "approval_id": approved.approval_id,
        "requested_by": approved.requested_by,
    }
    user_id = int(approved.ref.split(":")[1])
    return str(_adjust(session, user_id, int(approved.payload["points"]), reason, trail))


def _describe(payload: Payload) -> str:
    points = int(payload["points"])
    return f"为用户增加 {points} 积分" if points > 0 else f"扣减用户 {-points} 积分"


ADJUSTMENTS = ByHand("adjustments", _moved)
APPROVAL = ApprovalKind(
    name="points.adjust",
    label="人工调整积分",
    permission="points:approve",
    execute=_execute,
    describe=_describe,
)
