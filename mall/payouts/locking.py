"""A payout, held: its row first, then its transfer, then the shopper's account."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from mall.payouts.models import Payout, PayoutTransfer


def lock_payout(session: Session, which: ColumnElement[bool]) -> Payout | None:
    """The one payout that `which` selects, locked until the commit; None when there is none."""
    return session.scalars(
        select(Payout)
        .where(which)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def lock_payouts(session: Session, payout_ids: Collection[int]) -> set[int]:
    """Lock several payouts, by ascending id; whose they are."""
    return set(
        session.scalars(
            select(Payout.user_id)
            .where(Payout.id.in_(payout_ids))
            .order_by(Payout.id)
            .with_for_update(key_share=True)
        )
    )


def lock_transfer(
    session: Session, which: ColumnElement[bool]
) -> tuple[Payout, PayoutTransfer] | None:
    """A transfer with its payout, both locked; None when there is none."""
    payout_id = session.scalar(select(PayoutTransfer.payout_id).where(which))
    payout = None if payout_id is None else lock_payout(session, Payout.id == payout_id)
    if payout is None:
        return None
    transfer = session.scalars(
        select(PayoutTransfer)
        .where(which)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    return payout, transfer


def lock_transfers(session: Session, transfer_ids: Collection[int]) -> None:
    """Several transfers with their payouts, each in ascending order."""
    payout_ids = select(PayoutTransfer.payout_id).where(PayoutTransfer.id.in_(transfer_ids))
    for model, which in (
        (Payout, Payout.id.in_(payout_ids)),
        (PayoutTransfer, PayoutTransfer.id.in_(transfer_ids)),
    ):
        session.execute(
            select(model.id).where(which).order_by(model.id).with_for_update(key_share=True)
        )
