"""A shopper applies for being a promoter, or leaves. Applying costs nothing and needs no order."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of, db_now, transaction
from mall.referral.promoters.agreements import accept_newest
from mall.referral.promoters.changing import (
    Why,
    change_promoter,
    insert_promoter,
    lock_promoter,
    locked,
)
from mall.referral.promoters.errors import (
    PromoterBlocked,
    PromoterChanged,
    PromotersClosed,
    PromoterTooEarly,
)
from mall.referral.promoters.levels import first_level
from mall.referral.promoters.models import (
    ACTIVE,
    APPLIED,
    BLOCKED,
    BY_APPLICATION,
    BY_GROWTH,
    BY_SETTING,
    BY_SHOPPER,
    ENDED,
    Promoter,
)
from mall.referral.promoters.settings import AGAIN_DAYS, AUTOMATIC, CLOSED, JOINING
from mall.users.queries import hold_open_account


def apply(
    session: Session, user_id: int, version: int, note: str | None, rule_id: int | None
) -> None:
    """Apply with the newest agreement accepted; who applied already changes nothing by it.

    `rule_id` is a growth rule that the shopper meets: it makes them a promoter at once. So does
    the setting `referral.promoter_joining` when it is automatic. Whom staff refused or ended
    waits for staff in each case. Raises PromotersNotReady, PromotersClosed, PromoterBlocked,
    PromoterTooEarly, PromoterAgreementOld, AccountClosed.
    """
    hold_open_account(session, user_id)
    promoter = lock_promoter(session, user_id)
    if promoter is None:
        promoter = _first(session, user_id, version, note, rule_id)
    if promoter is None or promoter.status in {ACTIVE, APPLIED}:
        return
    if promoter.status == BLOCKED:
        raise PromoterBlocked
    if may_apply_at(promoter) > db_now(session):
        raise PromoterTooEarly
    agreed_at = accept_newest(session, user_id, version)
    status, why = _outcome(rule_id, staff_first=promoter.staff_first)
    change_promoter(
        session,
        promoter,
        why,
        status=status,
        level_id=promoter.level_id if promoter.level_fixed else first_level(session),
        agreement_version=version,
        agreed_at=agreed_at,
        applied_at=func.clock_timestamp(),
        decided_at=func.clock_timestamp() if status == ACTIVE else None,
        note=note,
        reason=None,
    )


def _first(
    session: Session, user_id: int, version: int, note: str | None, rule_id: int | None
) -> Promoter | None:
    """The shopper's first application. The row of another request of the same moment, if any."""
    status, why = _outcome(rule_id, staff_first=False)
    level_id = first_level(session)
    agreed_at = accept_newest(session, user_id, version)
    try:
        with session.begin_nested():
            insert_promoter(
                session,
                why,
                user_id=user_id,
                status=status,
                level_id=level_id,
                agreement_version=version,
                agreed_at=agreed_at,
                note=note,
            )
    except IntegrityError as error:
        if constraint_of(error) != "pk_promoters":
            raise
        return lock_promoter(session, user_id)
    return None


def _outcome(rule_id: int | None, *, staff_first: bool) -> tuple[str, Why]:
    joining = JOINING.get()
    if staff_first:
        if joining == CLOSED:
            raise PromotersClosed
        return APPLIED, Why(BY_APPLICATION)
    if rule_id is not None:
        return ACTIVE, Why(BY_GROWTH, rule_id=rule_id)
    if joining == CLOSED:
        raise PromotersClosed
    return (ACTIVE, Why(BY_SETTING)) if joining == AUTOMATIC else (APPLIED, Why(BY_APPLICATION))


def may_apply_at(promoter: Promoter) -> datetime:
    """From when on a refused or ended one may apply anew: at once when they left by themselves."""
    if not promoter.staff_first or promoter.decided_at is None:
        return promoter.applied_at
    return promoter.decided_at + timedelta(days=AGAIN_DAYS.get())


def leave(user_id: int) -> None:
    """The shopper ends it, or takes an application back; again changes nothing. What was earned
    stays. Raises PromoterNotFound, PromoterBlocked, PromoterChanged."""
    with transaction() as session:
        promoter = locked(session, user_id)
        if promoter.status == ENDED:
            return
        if promoter.status == BLOCKED:
            raise PromoterBlocked
        if promoter.status not in {ACTIVE, APPLIED}:
            raise PromoterChanged
        change_promoter(session, promoter, Why(BY_SHOPPER), status=ENDED, note=None)
