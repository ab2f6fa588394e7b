"""Staff change or end a binding, with a reason. Commission that is open stays with who had it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.kernel.http.access import current_staff
from mall.referral.bindings.binding import (
    Touch,
    closes_ring,
    end,
    lock_bindings,
    open_row,
    write,
)
from mall.referral.bindings.errors import (
    BindingCycle,
    BindingNotFound,
    BindingOver,
    BindingUnchanged,
    InviterUnfit,
)
from mall.referral.bindings.models import REPLACED, STAFF
from mall.referral.bindings.queries import binding
from mall.staff.audit import record
from mall.users.models import User


def bind_by_staff(invitee_id: int, inviter_id: int, reason: str) -> int:
    """Bind a shopper to another inviter from now on: the new binding's id.

    The rules about new shoppers and protection don't bind staff; self and rings are refused to
    them, too. Raises InviterUnfit, BindingCycle, BindingUnchanged.
    """
    with transaction() as session:
        lock_bindings(session)
        _check_accounts(session, invitee_id, inviter_id)
        if closes_ring(session, inviter_id, invitee_id):
            raise BindingCycle
        now = db_now(session)
        current = open_row(session, invitee_id, now)
        if current is not None:
            if current.inviter_id == inviter_id and not current.expired:
                raise BindingUnchanged
            end(session, current.id, REPLACED, now, _by_staff(reason))
        touch = Touch(inviter_id, invitee_id, None, now)
        made = write(session, touch, **_by_staff(reason))
        before = None if current is None else {"inviter_id": current.inviter_id}
        _record(session, "bind", made, before, {"inviter_id": inviter_id, "reason": reason})
    return made


def end_by_staff(binding_id: int, reason: str) -> None:
    """End a binding now. Raises BindingNotFound, BindingOver."""
    with transaction() as session:
        found = binding(session, binding_id)
        if found is None:
            raise BindingNotFound
        if not end(session, binding_id, STAFF, by_staff=_by_staff(reason)):
            raise BindingOver
        before = {"inviter_id": found.inviter_id, "invitee_id": found.invitee_id}
        _record(session, "end", binding_id, before, {"reason": reason})


def _check_accounts(session: Session, *user_ids: int) -> None:
    query = select(User.id).where(
        User.id.in_(user_ids), User.closed_at.is_(None), User.blocked_at.is_(None)
    )
    if set(session.scalars(query)) != set(user_ids):
        raise InviterUnfit


def _by_staff(reason: str) -> dict[str, Any]:
    return {"note": reason, "staff_id": current_staff().staff_id}


def _record(
    session: Session, verb: str, binding_id: int, before: dict[str, Any] | None, after: Any
) -> None:
    record(
        session,
        action=f"referral_binding.{verb}",
        target_type="referral_binding",
        target_id=binding_id,
        before=before,
        after=after,
    )
