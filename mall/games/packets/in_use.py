"""Whether some campaign counts check-ins, in the memory of each process: while none does, a
check-in isn't put down as an event for it.

What is known is at most a second old. A campaign is published before its first day, so it is
known before anybody can check in for it.
"""

from __future__ import annotations

from time import monotonic

from flask import current_app
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from mall.games.packets.models import PacketCampaign
from mall.kernel.db import db

FRESH_S = 1.0
"""How old the answer may be before it is read again."""
_EXTENSION = "mall.games.packets.in_use"


class WarmUps:
    """Whether a published campaign isn't over, of one app."""

    def __init__(self) -> None:
        self._some = True
        self._asked_at = float("-inf")

    def some(self) -> bool:
        """Asked inside a transaction."""
        if monotonic() - self._asked_at >= FRESH_S:
            self._some, self._asked_at = _read(db.session()), monotonic()
        return self._some

    def expire(self) -> None:
        """Read again at the next question."""
        self._asked_at = float("-inf")


def has_warm_ups() -> bool:
    """Whether check-ins may count for some campaign."""
    return _known().some()


def expire_warm_ups(_session: Session) -> None:
    """After staff changed a campaign: this process knows at once."""
    _known().expire()


def _known() -> WarmUps:
    known: WarmUps = current_app.extensions.setdefault(_EXTENSION, WarmUps())
    return known


def _read(session: Session) -> bool:
    """By days of any zone: a day too many does no harm."""
    running = exists().where(
        PacketCampaign.published_at.is_not(None),
        PacketCampaign.ended_at.is_(None),
        PacketCampaign.warm_last >= func.current_date() - 1,
    )
    return bool(session.scalar(select(running)))
