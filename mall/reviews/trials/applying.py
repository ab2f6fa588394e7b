"""Shoppers apply for a trial, once; staff invite them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, int_array, transaction
from mall.messages.sending import send_soon_to
from mall.reviews.trials.errors import (
    TrialApplied,
    TrialBarred,
    TrialClosed,
    TrialNotAllowed,
    TrialNotFound,
    TrialNotInvited,
    TrialNotOpen,
)
from mall.reviews.trials.messages import TRIAL_INVITED
from mall.reviews.trials.models import OVERDUE, Trial, TrialApplication, TrialInvitation
from mall.reviews.trials.settings import BAN_DAYS
from mall.reviews.trials.units import lock_trial
from mall.staff.audit import record
from mall.users.figures import figures_of
from mall.users.queries import hold_open_account

_INVITE = text(
    """
    INSERT INTO trial_invitations (trial_id, user_id)
    SELECT :trial_id, u.id FROM users u
    WHERE u.id = ANY(CAST(:user_ids AS bigint[])) AND u.closed_at IS NULL ORDER BY u.id
    ON CONFLICT DO NOTHING RETURNING user_id
    """
)


def apply(user_id: int, trial_id: int, note: str) -> int:
    """Apply for a trial: the application's id.

    Raises TrialNotFound, TrialNotOpen, TrialNotInvited, TrialNotAllowed, TrialBarred,
    TrialApplied, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        trial = session.scalar(
            select(Trial)
            .where(Trial.id == trial_id)
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        )
        if trial is None:
            raise TrialNotFound
        refuse(session, user_id, trial)
        made: int | None = session.execute(
            insert(TrialApplication)
            .values(trial_id=trial_id, user_id=user_id, note=note)
            .on_conflict_do_nothing(constraint="uq_trial_applications_trial_user")
            .returning(TrialApplication.id)
        ).scalar_one_or_none()
        if made is None:
            raise TrialApplied
        return made


def refuse(session: Session, user_id: int, trial: Trial) -> None:
    """Raise what hinders this shopper from applying, but for an application that was made."""
    now = db_now(session)
    if trial.closed_at is not None or not trial.apply_from <= now < trial.apply_until:
        raise TrialNotOpen
    if trial.by_invitation and not is_invited(session, user_id, trial.id):
        raise TrialNotInvited
    if is_barred(session, user_id):
        raise TrialBarred
    if trial.requires:
        figures = figures_of(session, [user_id])[user_id]
        if any(figures.get(one["figure"], 0) < one["at_least"] for one in trial.requires):
            raise TrialNotAllowed(trial.requires_text)


def is_invited(session: Session, user_id: int, trial_id: int) -> bool:
    """Whether staff invited this shopper."""
    known = select(TrialInvitation.user_id).where(
        TrialInvitation.trial_id == trial_id, TrialInvitation.user_id == user_id
    )
    return session.scalar(known) is not None


def is_barred(session: Session, user_id: int) -> bool:
    """Whether a review of an earlier trial is overdue, and not for too long ago."""
    since = func.clock_timestamp() - func.make_interval(0, 0, 0, BAN_DAYS.get())
    overdue = select(TrialApplication.id).where(
        TrialApplication.user_id == user_id,
        TrialApplication.status == OVERDUE,
        TrialApplication.due_at > since,
    )
    return session.scalar(overdue.limit(1)) is not None


def invite(trial_id: int, user_ids: Collection[int]) -> int:
    """Invite shoppers, and tell each, once: how many were new. Raises TrialNotFound,
    TrialClosed."""
    with transaction() as session:
        trial = lock_trial(session, trial_id)
        if trial.closed_at is not None:
            raise TrialClosed
        values: dict[str, Any] = {"trial_id": trial_id, "user_ids": int_array(set(user_ids))}
        new = list(session.scalars(_INVITE, values))
        if new:
            until = trial.apply_until
            send_soon_to(session, TRIAL_INVITED.name, str(trial_id), new, good_until=until)
        record(
            session,
            action="trial.invite",
            target_type="trial",
            target_id=trial_id,
            after={"user_ids": sorted(new)},
        )
        return len(new)
