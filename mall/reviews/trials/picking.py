"""Staff pick applicants: never more than there are units, however many pick at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.clock import in_seconds
from mall.kernel.db import transaction
from mall.messages.sending import send_soon
from mall.reviews.trials.errors import (
    TrialApplicationNotFound,
    TrialClosed,
    TrialStateConflict,
)
from mall.reviews.trials.messages import TRIAL_PICKED
from mall.reviews.trials.models import APPLIED, PICKED, Trial, TrialApplication
from mall.reviews.trials.units import lock_trial, take_units
from mall.staff.audit import record
from mall.users.models import User

DAY_S = 86_400


def pick(trial_id: int, application_ids: Collection[int]) -> int:
    """Pick these applicants, all or none: how many are new. One that is picked already stays so.

    Raises TrialNotFound, TrialClosed, TrialApplicationNotFound, TrialStateConflict, TrialFull.
    """
    with transaction() as session:
        trial = lock_trial(session, trial_id)
        if trial.closed_at is not None:
            raise TrialClosed
        rows = _applicants(session, trial_id, application_ids)
        new = [row for row in rows if row.status != PICKED]
        if any(row.status != APPLIED or row.closed_at is not None for row in new):
            raise TrialStateConflict
        if not new:
            return 0
        take_units(session, trial_id, len(new))
        for row in sorted(new, key=lambda row: row.user_id):
            _pick(session, trial, row)
        record(
            session,
            action="trial.pick",
            target_type="trial",
            target_id=trial_id,
            after={"application_ids": sorted(row.id for row in new)},
        )
        return len(new)


def _applicants(session: Session, trial_id: int, application_ids: Collection[int]) -> list[Any]:
    rows = session.execute(
        select(
            TrialApplication.id,
            TrialApplication.user_id,
            TrialApplication.status,
            User.closed_at,
        )
        .join(User, User.id == TrialApplication.user_id)
        .where(
            TrialApplication.trial_id == trial_id,
            TrialApplication.id.in_(set(application_ids)),
        )
        .order_by(TrialApplication.id)
        .with_for_update(of=TrialApplication)
    ).all()
    if len(rows) != len(set(application_ids)):
        raise TrialApplicationNotFound(param="application_ids")
    return list(rows)


def _pick(session: Session, trial: Trial, row: Any) -> None:
    accept_by = session.execute(
        update(TrialApplication)
        .where(TrialApplication.id == row.id)
        .values(
            status=PICKED,
            picked_at=func.clock_timestamp(),
            changed_at=func.clock_timestamp(),
            accept_by=in_seconds(trial.accept_days * DAY_S),
        )
        .returning(TrialApplication.accept_by)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    ref = str(row.id)
    send_soon(session, TRIAL_PICKED.name, ref, row.user_id, good_until=accept_by)
