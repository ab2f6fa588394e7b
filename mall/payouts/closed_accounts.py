"""Payouts when a shopper closes the account: a transfer under way hinders, what waits is lost."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.money import yuan
from mall.payouts.models import Payout
from mall.users.closing import ClosingCheck, ClosingLoss


def _sum(session: Session, user_id: int, status: str) -> int:
    rows = session.scalars(select(Payout).where(Payout.user_id == user_id, Payout.status == status))
    return sum(payout.payable_fen for payout in rows)


def _under_way(session: Session, user_id: int) -> str | None:
    amount_fen = _sum(session, user_id, "asked")
    return f"还有 {yuan(amount_fen)} 元正在收款中" if amount_fen else None


def _lost(session: Session, user_id: int) -> str | None:
    amount_fen = _sum(session, user_id, "ready")
    return f"待领取的现金 {yuan(amount_fen)} 元将无法领取" if amount_fen else None


UNDER_WAY = ClosingCheck("payouts", _under_way)
WAITING = ClosingLoss("payouts", _lost)
