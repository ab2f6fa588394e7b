"""The hashes of a shopper who closes the account go; how a binding stood stays, by its id."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.referral.screening.models import Trait
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(Trait).where(Trait.user_id == user_id))


TRAITS = Eraser("traits", _erase, "EXISTS (SELECT 1 FROM referral_traits t WHERE t.user_id = u.id)")
