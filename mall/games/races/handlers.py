"""What races do about events: count what happened, as it stands by then.

Other features want these events, too, so each is asked once more whether a race does."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from mall.aftersales.events import OrderSettled
from mall.games.races.in_use import CHECK_INS, MISSIONS, PURCHASES
from mall.games.races.sources import count_check_in, count_mission, count_order
from mall.missions.board.events import MissionCompletionChanged
from mall.missions.checkin.events import CheckedIn
from mall.orders.events import OrderRefunded, SettledOrderReduced


def hear_check_in(session: Session, event: CheckedIn) -> None:
    """A shopper checked in."""
    if CHECK_INS():
        count_check_in(session, event.user_id, date.fromisoformat(event.day))


def hear_mission(session: Session, event: MissionCompletionChanged) -> None:
    """A mission was completed, or isn't any more."""
    if MISSIONS():
        count_mission(session, event.progress_id)


def hear_order(session: Session, event: OrderSettled | OrderRefunded | SettledOrderReduced) -> None:
    """An order was settled, or money of it went back."""
    if PURCHASES():
        count_order(session, event.order_no)
