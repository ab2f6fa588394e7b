"""Reads of payouts, for shoppers and staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.payouts.errors import PayoutNotFound
from mall.payouts.models import Payout, PayoutAccount, PayoutTransfer
from mall.wechat.gateway import gateway


def payouts(
    session: Session,
    *,
    user_id: int | None = None,
    status: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[Payout]:
    """Payouts, newest first, one more than `limit`."""
    query = select(Payout).order_by(Payout.id.desc()).limit(limit + 1)
    if user_id is not None:
        query = query.where(Payout.user_id == user_id)
    if status is not None:
        query = query.where(Payout.status == status)
    if before is not None:
        query = query.where(Payout.id < before)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def own_payout(session: Session, user_id: int, payout_no: str) -> dict[str, Any]:
    """A shopper's payout with its last transfer, and what opens WeChat's page while it waits.

    Raises PayoutNotFound.
    """
    payout = _one(session, payout_no)
    if payout.user_id != user_id:
        raise PayoutNotFound
    last = next(iter(_transfers(session, payout.id)), None)
    waits = last is not None and last.status == "confirming" and last.package_info is not None
    confirm = gateway().pay.transfer_params(last.package_info or "") if waits and last else None
    return {"payout": payout, "transfer": last, "confirm": confirm}


def full_payout(session: Session, payout_no: str) -> dict[str, Any]:
    """A payout with all its transfers, and what its shopper owes. Raises PayoutNotFound."""
    payout = _one(session, payout_no)
    transfers = _transfers(session, payout.id)
    return {
        "payout": payout,
        "transfers": transfers,
        "debt_fen": debt_of(session, payout.user_id),
    }


def debt_of(session: Session, user_id: int) -> int:
    """What a shopper owes, in fen."""
    found = select(PayoutAccount.debt_fen).where(PayoutAccount.user_id == user_id)
    return session.scalar(found) or 0


def _one(session: Session, payout_no: str) -> Payout:
    payout = session.scalars(
        select(Payout)
        .where(Payout.payout_no == payout_no)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if payout is None:
        raise PayoutNotFound
    return payout


def _transfers(session: Session, payout_id: int) -> Sequence[PayoutTransfer]:
    return session.scalars(
        select(PayoutTransfer)
        .where(PayoutTransfer.payout_id == payout_id)
        .order_by(PayoutTransfer.id.desc())
        .execution_options(populate_existing=True)
    ).all()
