"""The agreement: its versions, and that a promoter accepts one."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.kernel.db import db_now, transaction
from mall.kernel.events import publish
from mall.referral.promoters import events
from mall.referral.promoters.changing import locked
from mall.referral.promoters.describing import describe_agreement
from mall.referral.promoters.errors import (
    PromoterAgreementChanged,
    PromoterAgreementOld,
    PromoterAgreementTimeInvalid,
    PromoterBlocked,
    PromoterChanged,
    PromotersNotReady,
)
from mall.referral.promoters.models import (
    ACTIVE,
    APPLIED,
    BLOCKED,
    Promoter,
    PromoterAcceptance,
    PromoterAgreement,
)
from mall.referral.promoters.settings import NOTICE_DAYS
from mall.staff.audit import record
from mall.users.queries import hold_open_account


def newest_agreement(session: Session) -> PromoterAgreement | None:
    """The newest version, in force or yet to be; None before the first."""
    return session.scalars(
        select(PromoterAgreement).order_by(PromoterAgreement.version.desc()).limit(1)
    ).one_or_none()


def published_agreement(session: Session) -> PromoterAgreement:
    """The same. Raises PromotersNotReady."""
    newest = newest_agreement(session)
    if newest is None:
        raise PromotersNotReady
    return newest


def publish_agreement(
    *, title: str, text: str, replaces: int, in_force_at: datetime | None, accept_warnings: bool
) -> int:
    """A further version: its number. `replaces` is the newest that staff have seen, 0 for none.

    The first is in force at once, a further one after `referral.promoter_notice_days` unless
    `in_force_at` says otherwise. Raises PromoterAgreementChanged, PromoterAgreementTimeInvalid,
    CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        newest = newest_agreement(session)
        if replaces != (newest.version if newest else 0):
            raise PromoterAgreementChanged(param="replaces")
        version = replaces + 1
        values = {"title": title, "text": text, "in_force_at": _time(session, newest, in_force_at)}
        made = session.scalar(
            insert(PromoterAgreement)
            .values(version=version, **values)
            .on_conflict_do_nothing(index_elements=["version"])
            .returning(PromoterAgreement.version)
        )
        if made is None:
            raise PromoterAgreementChanged(param="replaces")
        review(session, describe_agreement(title, text), version, accept_warnings=accept_warnings)
        record(
            session,
            action="promoter_agreement.publish",
            target_type="promoter_agreement",
            target_id=version,
            after=values,
        )
        return version


def _time(session: Session, newest: PromoterAgreement | None, wanted: datetime | None) -> datetime:
    now = db_now(session)
    if wanted is None:
        wanted = now if newest is None else now + timedelta(days=NOTICE_DAYS.get())
        return wanted if newest is None else max(wanted, newest.in_force_at)
    if wanted < now - timedelta(minutes=5) or (newest and wanted < newest.in_force_at):
        raise PromoterAgreementTimeInvalid(param="in_force_at")
    return wanted


def accept_newest(session: Session, user_id: int, version: int) -> datetime:
    """Keep that the shopper accepts the newest version, which `version` must be: when they did.

    Raises PromotersNotReady, PromoterAgreementOld.
    """
    newest = published_agreement(session)
    if version != newest.version:
        raise PromoterAgreementOld(param="agreement_version")
    values = {"user_id": user_id, "version": version}
    made: datetime | None = session.scalar(
        insert(PromoterAcceptance)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(PromoterAcceptance.accepted_at)
    )
    return made or session.scalars(select(PromoterAcceptance.accepted_at).filter_by(**values)).one()


def accept_agreement(user_id: int, version: int) -> None:
    """A promoter, or who waits to be one, accepts the newest version. Again changes nothing.

    Raises PromoterNotFound, PromoterBlocked, PromoterChanged, PromotersNotReady,
    PromoterAgreementOld, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        promoter = locked(session, user_id)
        if promoter.status == BLOCKED:
            raise PromoterBlocked
        if promoter.status not in {ACTIVE, APPLIED}:
            raise PromoterChanged
        agreed_at = accept_newest(session, user_id, version)
        if promoter.agreement_version >= version:
            return
        session.execute(
            update(Promoter)
            .where(Promoter.user_id == user_id)
            .values(agreement_version=version, agreed_at=agreed_at)
            .execution_options(synchronize_session=False)
        )
        publish(session, events.PromoterChanged(user_id))
