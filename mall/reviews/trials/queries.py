"""What shoppers and staff read of trials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, text
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.kernel.errors import MallError
from mall.orders.models import Order
from mall.reviews.trials.applying import refuse
from mall.reviews.trials.errors import TrialApplied, TrialNotFound
from mall.reviews.trials.models import Trial, TrialApplication, TrialInvitation
from mall.users.figures import figures_of
from mall.users.models import User

_MINE = text("SELECT id FROM trial_applications WHERE trial_id = :trial_id AND user_id = :user_id")


def _seen_by(user_id: int) -> ColumnElement[bool]:
    """What a shopper sees: trials that run or will, and those that they were invited to."""
    invited = select(TrialInvitation.user_id).where(
        TrialInvitation.trial_id == Trial.id, TrialInvitation.user_id == user_id
    )
    return or_(Trial.by_invitation.is_(False), invited.exists())


def open_trials(session: Session, user_id: int, before: int | None, limit: int) -> list[Any]:
    """Trials that aren't over, as this shopper sees them, the newest first."""
    query = _trials().where(
        Trial.closed_at.is_(None), Trial.apply_until > func.clock_timestamp(), _seen_by(user_id)
    )
    if before is not None:
        query = query.where(Trial.id < before)
    return list(session.execute(query.order_by(Trial.id.desc()).limit(limit + 1)))


def shown_trial(session: Session, user_id: int, trial_id: int) -> dict[str, Any]:
    """One trial with what hinders this shopper from applying. Raises TrialNotFound."""
    row = session.execute(_trials().where(Trial.id == trial_id, _seen_by(user_id))).one_or_none()
    if row is None:
        raise TrialNotFound
    mine = session.scalar(_MINE, {"trial_id": trial_id, "user_id": user_id})
    refusal: MallError | None = TrialApplied() if mine is not None else None
    if refusal is None:
        try:
            refuse(session, user_id, row.Trial)
        except MallError as refused:
            refusal = refused
    return {"row": row, "application_id": mine, "refusal": refusal}


def my_applications(session: Session, user_id: int, before: int | None, limit: int) -> list[Any]:
    """The shopper's own applications with their trials, the newest first."""
    query = (
        select(TrialApplication, Trial, Order.order_no)
        .join(Trial, Trial.id == TrialApplication.trial_id)
        .outerjoin(Order, Order.id == TrialApplication.order_id)
        .where(TrialApplication.user_id == user_id)
        .execution_options(populate_existing=True)
    )
    if before is not None:
        query = query.where(TrialApplication.id < before)
    found = session.execute(query.order_by(TrialApplication.id.desc()).limit(limit + 1))
    return list(found)


def all_trials(session: Session, before: int | None, limit: int) -> list[Any]:
    """Every trial, the newest first, for staff."""
    query = _trials()
    if before is not None:
        query = query.where(Trial.id < before)
    return list(session.execute(query.order_by(Trial.id.desc()).limit(limit + 1)))


def trial(session: Session, trial_id: int) -> Any:
    """One trial for staff. Raises TrialNotFound."""
    row = session.execute(_trials().where(Trial.id == trial_id)).one_or_none()
    if row is None:
        raise TrialNotFound
    return row


def applications(
    session: Session, trial_id: int, *, status: str | None, after: int | None, limit: int
) -> list[dict[str, Any]]:
    """The applications for a trial, the oldest first, each with the shopper's figures."""
    query = (
        select(TrialApplication, User.nickname, Order.order_no)
        .join(User, User.id == TrialApplication.user_id)
        .outerjoin(Order, Order.id == TrialApplication.order_id)
        .where(TrialApplication.trial_id == trial_id)
        .execution_options(populate_existing=True)
    )
    if status is not None:
        query = query.where(TrialApplication.status == status)
    if after is not None:
        query = query.where(TrialApplication.id > after)
    rows: Sequence[Any] = session.execute(
        query.order_by(TrialApplication.id).limit(limit + 1)
    ).all()
    figures = figures_of(session, [row.TrialApplication.user_id for row in rows])
    return [
        {
            "application": row.TrialApplication,
            "nickname": row.nickname,
            "order_no": row.order_no,
            "figures": figures[row.TrialApplication.user_id],
        }
        for row in rows
    ]


def _trials() -> Select[Trial, str, str]:
    return (
        select(Trial, Spu.name.label("product"), Spu.main_image.label("image"))
        .join(Spu, Spu.id == Trial.spu_id)
        .execution_options(populate_existing=True)
    )
