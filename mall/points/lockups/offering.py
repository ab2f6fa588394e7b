"""Staff's offers. Once one has opened its terms stand: it can be paused, its budget changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import keep_verdict, review
from mall.kernel.db import db_now, transaction
from mall.points.lockups.describing import describe
from mall.points.lockups.errors import (
    LockupBudgetPromised,
    LockupOfferNotFound,
    LockupOfferOpened,
    LockupOfferOver,
)
from mall.points.lockups.models import LockupOffer
from mall.staff.audit import record


def create_offer(*, accept_warnings: bool, **terms: Any) -> int:
    """A new offer: its id. Raises LockupOfferOver, CampaignRefused, CampaignWarned."""
    with transaction() as session:
        _check(session, terms)
        offer = session.scalars(insert(LockupOffer).values(**terms).returning(LockupOffer)).one()
        review(session, describe(offer), offer.version, accept_warnings=accept_warnings)
        _record(session, "create", offer.id, None, terms)
        return offer.id


def change_offer(offer_id: int, *, accept_warnings: bool, **terms: Any) -> None:
    """Other terms for one that hasn't opened.

    Raises LockupOfferNotFound, LockupOfferOpened and what create_offer raises.
    """
    with transaction() as session:
        before = _locked(session, offer_id)
        _not_opened(session, before)
        _check(session, terms)
        _set(session, before, terms, accept_warnings=accept_warnings)
        _record(session, "update", offer_id, _terms(before, terms), terms)


def delete_offer(offer_id: int) -> None:
    """Forget one that hasn't opened. Raises LockupOfferNotFound, LockupOfferOpened."""
    with transaction() as session:
        offer = _locked(session, offer_id)
        _not_opened(session, offer)
        session.execute(delete(LockupOffer).where(LockupOffer.id == offer_id))
        _record(session, "delete", offer_id, {"name": offer.name}, None)


def set_budget(offer_id: int, budget: int, *, accept_warnings: bool) -> None:
    """Another budget, in points. Raises LockupOfferNotFound, LockupBudgetPromised,
    CampaignRefused, CampaignWarned."""
    with transaction() as session:
        before = _locked(session, offer_id)
        if budget < before.promised + before.paid:
            raise LockupBudgetPromised(param="budget")
        if budget != before.budget:
            _set(session, before, {"budget": budget}, accept_warnings=accept_warnings)
            _record(session, "budget", offer_id, {"budget": before.budget}, {"budget": budget})


def pause_offer(offer_id: int, paused: bool) -> None:
    """Take no new locks, or do so again; locks that run go on.

    Raises LockupOfferNotFound, and CampaignRefused where rules forbid today what goes on.
    """
    with transaction() as session:
        before = _locked(session, offer_id)
        if before.paused != paused:
            _set(session, before, {"paused": paused}, accept_warnings=True)
            _record(session, "pause", offer_id, {"paused": before.paused}, {"paused": paused})


def _locked(session: Session, offer_id: int) -> LockupOffer:
    offer = session.scalar(
        select(LockupOffer)
        .where(LockupOffer.id == offer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if offer is None:
        raise LockupOfferNotFound
    session.expunge(offer)
    return offer


def _not_opened(session: Session, offer: LockupOffer) -> None:
    if offer.opens_at <= db_now(session):
        raise LockupOfferOpened


def _check(session: Session, terms: Mapping[str, Any]) -> None:
    if terms["closes_at"] <= max(terms["opens_at"], db_now(session)):
        raise LockupOfferOver(param="closes_at")


def _set(
    session: Session, before: LockupOffer, terms: Mapping[str, Any], *, accept_warnings: bool
) -> None:
    """A new version of the locked offer, and what the rules say of it."""
    offer = session.scalars(
        update(LockupOffer)
        .where(LockupOffer.id == before.id)
        .values(**terms, version=before.version + 1)
        .returning(LockupOffer)
        .execution_options(populate_existing=True)
    ).one()
    if offer.paused:
        keep_verdict(session, describe(offer), offer.version)
    else:
        review(session, describe(offer), offer.version, accept_warnings=accept_warnings)


def _terms(offer: LockupOffer, terms: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(offer, name) for name in terms}


def _record(
    session: Session,
    verb: str,
    offer_id: int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    record(
        session,
        action=f"lockup_offer.{verb}",
        target_type="lockup_offer",
        target_id=offer_id,
        before=before,
        after=after,
    )
