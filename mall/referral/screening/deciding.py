"""Staff decide how bindings stand: one or many at once, each with the reason, none twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.kernel.http.access import current_staff
from mall.referral.bindings.queries import binding
from mall.referral.screening.errors import ScreeningNotFound
from mall.referral.screening.events import ScreeningDecided
from mall.referral.screening.metrics import SCREENED
from mall.referral.screening.models import Screening
from mall.referral.screening.screening import DECISIONS, locked
from mall.staff.audit import record

CHANGED, UNCHANGED, UNKNOWN = "changed", "unchanged", "unknown"
OUTCOMES = (CHANGED, UNCHANGED, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one binding."""

    binding_id: int
    outcome: str


def decide(binding_id: int, decision: str, reason: str) -> None:
    """Release, hold or void a binding. Again changes nothing. Raises ScreeningNotFound."""
    with transaction() as session:
        if _decide(session, binding_id, decision, reason) == UNKNOWN:
            raise ScreeningNotFound


def decide_many(binding_ids: Collection[int], decision: str, reason: str) -> list[Decided]:
    """The same for many, in the order of their ids; one that isn't there stops no other."""
    with transaction() as session:
        return [
            Decided(one, _decide(session, one, decision, reason))
            for one in sorted(set(binding_ids))
        ]


def _decide(session: Session, binding_id: int, decision: str, reason: str) -> str:
    found = binding(session, binding_id)
    if found is None:
        return UNKNOWN
    row, status = locked(session, binding_id), DECISIONS[decision]
    if row.status == status and row.decided_at is not None:
        return UNCHANGED
    session.execute(
        update(Screening)
        .where(Screening.binding_id == binding_id)
        .values(
            status=status,
            decided_at=func.clock_timestamp(),
            staff_id=current_staff().staff_id,
            note=reason,
        )
    )
    record(
        session,
        action=f"referral_screening.{decision}",
        target_type="referral_binding",
        target_id=binding_id,
        before={"status": row.status},
        after={"status": status, "reason": reason},
    )
    if row.status != status:
        SCREENED.labels(status).inc()
        publish(session, ScreeningDecided(binding_id, found.invitee_id, status))
    return CHANGED
