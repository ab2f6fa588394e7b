"""What is erased of a shopper who closes the account: all of the check-in; rewards stay."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.missions.checkin.models import (
    CheckIn,
    CheckInCycle,
    CheckInReminder,
    CheckInState,
    MakeUpCardMonth,
    MakeUpCards,
)
from mall.users.erasing import Eraser

_TABLES = (CheckInState, CheckIn, CheckInCycle, MakeUpCards, MakeUpCardMonth, CheckInReminder)


def _erase(session: Session, user_id: int) -> None:
    for table in _TABLES:
        session.execute(delete(table).where(table.user_id == user_id))


CHECK_INS = Eraser(
    "check-ins",
    _erase,
    "EXISTS (SELECT 1 FROM check_in_states s WHERE s.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM check_ins c WHERE c.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM check_in_cycles y WHERE y.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM make_up_cards k WHERE k.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM make_up_card_months m WHERE m.user_id = u.id)"
    " OR EXISTS (SELECT 1 FROM check_in_reminders r WHERE r.user_id = u.id)",
)
