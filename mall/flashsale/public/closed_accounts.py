"""What flash sales do when a shopper closes the account."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.flashsale.models import FlashReminder
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(FlashReminder).where(FlashReminder.user_id == user_id))


REMINDERS = Eraser(
    "flash reminders",
    _erase,
    "EXISTS (SELECT 1 FROM flash_reminders f WHERE f.user_id = u.id)",
)
"""Tickets and counted units stay: they have no more than the shopper's id."""
