"""The owner has raised the threshold: what is below it is held no longer.

The score is the one that was written: counted anew, a farm would be let go once its hashes are
forgotten. A lower threshold holds only what is scored from then on.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.events import publish
from mall.referral.screening.events import ScreeningDecided
from mall.referral.screening.metrics import SCREENED
from mall.referral.screening.models import CLEAR
from mall.referral.screening.settings import HOLD_FROM

_LET_GO = text(
    """
    WITH due AS (
        SELECT s.binding_id FROM referral_screenings s
        WHERE s.status = 'held' AND s.decided_at IS NULL AND s.score < :hold_from
        ORDER BY s.binding_id LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE referral_screenings s SET status = 'clear'
    FROM due JOIN referral_bindings b ON b.id = due.binding_id
    WHERE s.binding_id = due.binding_id
    RETURNING b.id, b.invitee_id
    """
)


def let_go(session: Session, batch: int) -> int:
    """Clear a batch of what no staff member held and the threshold holds no longer: how many."""
    found = session.execute(_LET_GO, {"hold_from": HOLD_FROM.get(), "batch": batch}).all()
    for row in found:
        SCREENED.labels(CLEAR).inc()
        publish(session, ScreeningDecided(row.id, row.invitee_id, CLEAR))
    return len(found)
