"""What the merchant transfers on a day and in a month: counted exactly, within WeChat's limits.

Rows of `payout_sums`, each changed by one conditional statement: days first, then months, as the
last rows that a transaction locks, since everybody shares them.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.payouts.errors import PayoutMerchantLimit, PayoutMerchantMonthLimit
from mall.payouts.settings import MERCHANT_DAY_MAX_FEN, MERCHANT_MONTH_MAX_FEN

_OPEN = text("INSERT INTO payout_sums (period) VALUES (:period) ON CONFLICT DO NOTHING")
_ADD = text(
    "UPDATE payout_sums SET amount_fen = amount_fen + :fen"
    " WHERE period = :period AND amount_fen + :fen <= :most RETURNING period"
)
_NO_LIMIT = 1 << 62


def take(session: Session, day: date, amount_fen: int) -> None:
    """Count a transfer of a day. Raises PayoutMerchantLimit, PayoutMerchantMonthLimit when the
    merchant may send no more."""
    _take_day(session, day, amount_fen)
    _take_month(session, day, amount_fen)


def give_back(session: Session, day: date, amount_fen: int) -> None:
    """A transfer of a day ended without money: others may have its place."""
    _add(session, _day(day), -amount_fen)
    _add(session, _month(day), -amount_fen)


def move(session: Session, before: date, day: date, amount_fen: int) -> None:
    """A transfer counts on `day`, later than `before`. Raises as `take`."""
    _add(session, _day(before), -amount_fen)
    _take_day(session, day, amount_fen)
    if _month(before) != _month(day):
        _add(session, _month(before), -amount_fen)
        _take_month(session, day, amount_fen)


def _day(day: date) -> str:
    return day.isoformat()


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _take_day(session: Session, day: date, amount_fen: int) -> None:
    if not _add(session, _day(day), amount_fen, MERCHANT_DAY_MAX_FEN.get()):
        raise PayoutMerchantLimit


def _take_month(session: Session, day: date, amount_fen: int) -> None:
    if not _add(session, _month(day), amount_fen, MERCHANT_MONTH_MAX_FEN.get()):
        raise PayoutMerchantMonthLimit


def _add(session: Session, period: str, fen: int, most: int = _NO_LIMIT) -> bool:
    """False when that would be more than `most`."""
    session.execute(_OPEN, {"period": period})
    added = session.execute(_ADD, {"period": period, "fen": fen, "most": most})
    return added.first() is not None
