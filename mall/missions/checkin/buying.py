"""Make-up cards for points: so many a month of the shop, at the price that the shopper saw.

Lock order: the shopper's count of the month, the points account, the cards.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.ledger import Reason
from mall.kernel.prepared import PreparedStatement
from mall.missions.checkin import cards
from mall.missions.checkin.errors import (
    MakeUpCardLimit,
    MakeUpCardNotSold,
    MakeUpCardPriceChanged,
)
from mall.missions.checkin.queries import MakeUpView, make_up_of, today
from mall.missions.checkin.settings import CARD_POINTS, CARDS_PER_MONTH
from mall.points.ledger.kinds import MAKE_UP_CARD
from mall.points.ledger.posting import post
from mall.users.queries import hold_open_account

_COUNT = PreparedStatement(
    """
    INSERT INTO make_up_card_months AS m (user_id, month, bought, bought_at)
    VALUES (:user_id, CAST(:month AS date), 1, clock_timestamp())
    ON CONFLICT (user_id, month) DO UPDATE
    SET bought = m.bought + 1, bought_at = excluded.bought_at
    WHERE m.bought < :limit
    RETURNING bought
    """
)


def buy_card(user_id: int, points: int) -> MakeUpView:
    """Buy one card for points, those that expire first; what the shopper may make up then.

    `points` is the price that the shopper saw.
    Raises MakeUpCardNotSold, MakeUpCardPriceChanged, MakeUpCardLimit, PointsShort, AccountClosed.
    """
    price = CARD_POINTS.get()
    if not price:
        raise MakeUpCardNotSold
    if points != price:
        raise MakeUpCardPriceChanged(param="points")
    with transaction() as session:
        hold_open_account(session, user_id)
        day = today(session)
        number = _count(session, user_id, day.replace(day=1))
        source = f"{user_id}:{day:%Y-%m}:{number}"
        post(session, user_id, Reason(MAKE_UP_CARD, source), -price)
        cards.add(session, user_id, 1)
        return make_up_of(session, user_id, day)


def _count(session: Session, user_id: int, month: date) -> int:
    """Which card of the month this is. Raises MakeUpCardLimit."""
    row: Any = _COUNT.first(session, user_id=user_id, month=month, limit=CARDS_PER_MONTH.get())
    if row is None:
        raise MakeUpCardLimit
    return int(row.bought)
