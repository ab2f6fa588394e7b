"""A shopper who closes the account: notes and invitations go, what was applied for is declined."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mall.reviews.trials.models import (
    APPLIED,
    DECLINED,
    PICKED,
    TrialApplication,
    TrialInvitation,
)
from mall.reviews.trials.moving import move
from mall.reviews.trials.units import free_unit, lock_trial
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    waiting = session.execute(
        select(TrialApplication.id, TrialApplication.trial_id)
        .where(
            TrialApplication.user_id == user_id,
            TrialApplication.status.in_((APPLIED, PICKED)),
        )
        .order_by(TrialApplication.trial_id)
    ).all()
    for row in waiting:
        trial = lock_trial(session, row.trial_id)
        if move(session, row.id, PICKED, DECLINED):
            free_unit(session, trial)
        move(session, row.id, APPLIED, DECLINED)
    session.execute(
        update(TrialApplication)
        .where(TrialApplication.user_id == user_id, TrialApplication.note != "")
        .values(note="")
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(TrialInvitation).where(TrialInvitation.user_id == user_id))


TRIALS = Eraser(
    "trials",
    _erase,
    "EXISTS (SELECT 1 FROM trial_applications a WHERE a.user_id = u.id"
    " AND (a.note <> '' OR a.status IN ('applied', 'picked')))"
    " OR EXISTS (SELECT 1 FROM trial_invitations i WHERE i.user_id = u.id)",
)
