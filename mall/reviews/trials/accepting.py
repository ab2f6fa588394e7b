"""Who was picked accepts with an address, or declines; a pick that nobody answers lapses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.kernel.db import db, db_now, transaction
from mall.orders.placing import Placed, place_order
from mall.reviews.trials.errors import (
    TrialApplicationNotFound,
    TrialOfferOver,
    TrialStateConflict,
)
from mall.reviews.trials.kinds import PARTICIPANT, TRIAL
from mall.reviews.trials.models import (
    APPLIED,
    DECLINED,
    LAPSED,
    PICKED,
    Trial,
    TrialApplication,
)
from mall.reviews.trials.moving import move
from mall.reviews.trials.units import free_unit, lock_trial


def accept(user_id: int, application_id: int, address_id: int) -> Placed:
    """Take the unit: a free order of it to this address, without freight.

    Raises TrialApplicationNotFound, TrialStateConflict (again, too), TrialOfferOver, NotFound for
    the address, NotOrderable where nothing is delivered, and what `place_order` raises.
    """
    found = own(db.session(), user_id, application_id)
    return place_order(
        user_id,
        {found.sku_id: 1},
        address_id,
        0,
        choices={PARTICIPANT: str(application_id)},
        kind=TRIAL,
    )


def decline(user_id: int, application_id: int) -> None:
    """Don't want it any more, applied for or picked: a unit goes back to the trial. Again is once.

    Raises TrialApplicationNotFound, TrialStateConflict once it was accepted.
    """
    with transaction() as session:
        trial = lock_trial(session, own(session, user_id, application_id).trial_id)
        status = own(session, user_id, application_id).status
        if status == DECLINED:
            return
        if status not in (APPLIED, PICKED):
            raise TrialStateConflict
        if move(session, application_id, status, DECLINED) and status == PICKED:
            free_unit(session, trial)


def lapse_due(batch: int = 200) -> int:
    """Picks that were not accepted in time: each unit is the trial's again. How many there were."""
    outside = db.session()
    due = outside.execute(
        select(TrialApplication.id, TrialApplication.trial_id)
        .where(
            TrialApplication.status == PICKED,
            TrialApplication.accept_by <= func.clock_timestamp(),
        )
        .order_by(TrialApplication.accept_by)
        .limit(batch)
    ).all()
    outside.rollback()
    for row in due:
        with transaction() as session:
            trial = lock_trial(session, row.trial_id)
            if move(session, row.id, PICKED, LAPSED):
                free_unit(session, trial)
    return len(due)


def own(session: Session, user_id: int, application_id: int) -> Any:
    """A shopper's own application with its trial's SKU. Raises TrialApplicationNotFound."""
    found = session.execute(
        select(
            TrialApplication.status,
            TrialApplication.trial_id,
            TrialApplication.accept_by,
            Trial.sku_id,
        )
        .join(Trial, Trial.id == TrialApplication.trial_id)
        .where(TrialApplication.id == application_id, TrialApplication.user_id == user_id)
    ).one_or_none()
    if found is None:
        raise TrialApplicationNotFound
    return found


def must_be_acceptable(session: Session, user_id: int, application_id: int, sku_id: int) -> Any:
    """The application, which may be accepted now. Raises TrialApplicationNotFound,
    TrialStateConflict, TrialOfferOver."""
    found = own(session, user_id, application_id)
    if found.sku_id != sku_id or found.status != PICKED:
        raise TrialStateConflict
    if found.accept_by <= db_now(session):
        raise TrialOfferOver
    return found
