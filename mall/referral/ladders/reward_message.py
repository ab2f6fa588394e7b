"""The message that the reward of a step has arrived."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.referral.ladders.models import INVITEE
from mall.referral.ladders.settings import REWARD_TEMPLATE
from mall.referral.ladders.settling import GIVEN_MESSAGE

NOTES = {True: "您的订单已完成，奖励已到账", False: "好友的订单已完成，奖励已到账"}
_GIVEN = text(
    """
    SELECT l.campaign_id, v.name AS activity, r.name AS reward, r.side
    FROM ladder_grants l JOIN reward_grants g ON g.id = l.grant_id AND g.status = 'granted'
    JOIN ladder_versions v ON v.campaign_id = l.campaign_id AND v.version = l.version
    JOIN ladder_rungs r ON r.campaign_id = l.campaign_id AND r.version = l.version
        AND r.position = l.position
    WHERE l.grant_id = :grant_id
    """
)


def _write(session: Session, ref: str, _user_id: int) -> Content | None:
    """Nothing of a reward that went back since."""
    row: Any = session.execute(_GIVEN, {"grant_id": int(ref)}).one_or_none()
    if row is None:
        return None
    note = NOTES[row.side == INVITEE]
    return Content(
        {"activity": row.activity, "reward": row.reward, "note": note},
        "邀新奖励到账",
        f"{row.activity}：{note}（{row.reward}）。",
        {"campaign_id": row.campaign_id},
    )


LADDER_REWARD = Kind(GIVEN_MESSAGE, Purpose.SERVICE, REWARD_TEMPLATE, _write)
