"""What rewards do when a shopper closes the account: promises end, what was given is on record."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.rewards.reversing import cancel_promises
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    cancel_promises(session, user_id, cause="account_closed")


PROMISED_REWARDS = Eraser(
    "promised rewards",
    _erase,
    "EXISTS (SELECT 1 FROM reward_grants g WHERE g.user_id = u.id AND g.status = 'pending')",
)
