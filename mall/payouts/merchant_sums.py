"""What the merchant transfers on a day and in a month: counted exactly, within WeChat's limits.

Two rows, each changed by one conditional statement: day first, then month, as the last rows that
a transaction locks, since everybody shares them.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.payouts.errors import PayoutMerchantLimit
from mall.payouts.settings import MERCHANT_DAY_MAX_FEN, MERCHANT_MONTH_MAX_FEN

_OPEN = text("INSERT INTO payout_sums (period) VALUES (:period) ON CONFLICT DO NOTHING")
_ADD = text(
    "UPDATE payout_sums SET amount_fen = amount_fen + :fen"
    " WHERE period = :period AND amount_fen + :fen <= :most RETURNING period"
)


def _periods(day: date) -> tuple[str, str]:
    return day.isoformat(), day.isoformat()[:7]


def take(session: Session, day: date, amount_fen: int) -> None:
    """Count a transfer of a day. Raises PayoutMerchantLimit when the merchant may send no more."""
    limits = MERCHANT_DAY_MAX_FEN.get(), MERCHANT_MONTH_MAX_FEN.get()
    for period, most in zip(_periods(day), limits, strict=True):
        session.execute(_OPEN, {"period": period})
        values = {"period": period, "fen": amount_fen, "most": most}
        if session.execute(_ADD, values).first() is None:
            raise PayoutMerchantLimit


def give_back(session: Session, day: date, amount_fen: int) -> None:
    """A transfer of a day ended without money: others may have its place."""
    for period in _periods(day):
        session.execute(_ADD, {"period": period, "fen": -amount_fen, "most": 1 << 62})
