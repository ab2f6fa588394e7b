"""How many people a shopper brought for sure, for the staff's list and for rules of growth."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.referral.invites.models import ReferralInvite
from mall.referral.invites.states import QUALIFIED
from mall.users.figures import Figures, ShopperFigures

INVITES = "qualified_invites"


def _find(session: Session, user_ids: Collection[int]) -> Mapping[int, Figures]:
    rows = session.execute(
        select(ReferralInvite.inviter_id, func.count().label("invites"))
        .where(ReferralInvite.inviter_id.in_(user_ids), ReferralInvite.status == QUALIFIED)
        .group_by(ReferralInvite.inviter_id)
    )
    return {row.inviter_id: {INVITES: row.invites} for row in rows}


def _qualified(since: datetime) -> Select[Any]:
    return select(ReferralInvite.inviter_id).where(
        ReferralInvite.changed_at >= since, ReferralInvite.status == QUALIFIED
    )


INVITE_FIGURES = ShopperFigures(
    "invites",
    (INVITES,),
    _find,
    without_buying=frozenset({INVITES}),
    risen={INVITES: _qualified},
)
