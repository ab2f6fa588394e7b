"""The mission about friends whom a share brought: what counts is that they came and stayed. There
is no trigger for sharing or opening alone: nothing may be given for them (`mall/compliance`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from mall.compliance.campaigns import INVITEE_LOGGED_IN
from mall.missions.board.triggers import Fact, Measure, Trigger, once
from mall.sharing.shares.events import ShareBroughtShopper, ShareShopperLeft
from mall.sharing.shares.queries import brought_shopper


def _sharer(_session: Session, event: Any) -> int:
    return int(event.sharer_id)


def _brought(session: Session, event: Any) -> Iterator[Fact]:
    """The new shopper, who counts no more when they leave soon."""
    found = brought_shopper(session, event.shopper_no)
    if found is not None:
        yield Fact(f"shopper:{event.shopper_no}", found.at, amount=int(found.stands))


INVITE = Trigger(
    name="invite",
    label="邀请新用户登录（通过分享）",
    ground=INVITEE_LOGGED_IN,
    events=(ShareBroughtShopper, ShareShopperLeft),
    shopper=_sharer,
    facts=_brought,
    measures=(Measure("count", "邀请人数", "再邀请 {left} 位新用户", once),),
    revocable=True,
)
