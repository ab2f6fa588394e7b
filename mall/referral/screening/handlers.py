"""A new binding is looked at at once; staff see a farm growing before it has ordered."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.referral.bindings.events import ShopperBound
from mall.referral.screening.screening import screen


def screen_new_binding(session: Session, event: ShopperBound) -> None:
    """Who was brought is scored; it waits for the first order."""
    screen(session, event.binding_id, ordered=False)
