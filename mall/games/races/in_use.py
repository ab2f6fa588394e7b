"""Whether races count what happens, in the memory of each process.

Shoppers check in, complete missions and buy all the time: their events are put down and counted
only while some race scores their kind. What slipped through all the same is counted before the
ranks are frozen (`catching_up.py`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.games.races.models import Race
from mall.games.races.terms import CHECK_IN, MISSION, PURCHASE
from mall.kernel.in_use import InUse

LATE_DAYS = 90
"""So long after its end a race hears of what was taken back late."""


def _counted(kind: str, late_days: int) -> InUse:
    def query() -> Select[Any]:
        return select(Race.id).where(
            Race.ends_at > func.now() - timedelta(days=late_days),
            Race.terms["scores"].contains([{"kind": kind}]),
        )

    return InUse(f"races.{kind}", query)


CHECK_INS = _counted(CHECK_IN, 1)
"""A check-in is never taken back; its event may be a little late."""
MISSIONS, PURCHASES = _counted(MISSION, LATE_DAYS), _counted(PURCHASE, LATE_DAYS)


def expire(_session: Session | None = None) -> None:
    """After staff published a race: this process asks anew."""
    for one in (CHECK_INS, MISSIONS, PURCHASES):
        one.expire()
