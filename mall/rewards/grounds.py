"""One at a time on a ground: who grants for it, who confirms it, who takes back."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('reward ground ' || :ground, 0))")


def lock_ground(session: Session, ground: str) -> None:
    """Wait for others who are at this ground, and keep them off until the commit.

    Whoever grants for something that can go (an order that may be refunded) locks its ground,
    then reads whether it still stands, then grants. A reversal either came before, and the
    fact that it came for is seen; or comes after, and finds the grant.
    """
    session.execute(_LOCK, {"ground": ground})
