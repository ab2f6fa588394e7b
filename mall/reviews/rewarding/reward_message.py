"""The message that the reward for a review has arrived."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.reviews.rewarding.settings import REWARD_TEMPLATE
from mall.reviews.rewarding.settling import GIVEN_MESSAGE
from mall.reviews.rewarding.terms import LABELS

_GIVEN = text(
    """
    SELECT k.review_id, k.kind, l.name AS product, u.name AS reward
    FROM reward_grants g JOIN review_reward_grants k ON k.grant_id = g.id
    JOIN reward_rules u ON u.id = g.rule_id
    JOIN reviews r ON r.id = k.review_id JOIN order_lines l ON l.id = r.order_line_id
    WHERE g.id = :grant_id AND g.status = 'granted'
    """
)


def _write(session: Session, ref: str, _user_id: int) -> Content | None:
    """Nothing of a reward that went back since."""
    row: Any = session.execute(_GIVEN, {"grant_id": int(ref)}).one_or_none()
    if row is None:
        return None
    note = f"您的评价获得{LABELS[row.kind]}奖励"
    return Content(
        {"product": row.product, "reward": row.reward, "note": note},
        "评价奖励到账",
        f"{row.product}：{note}（{row.reward}）。",
        {"review_id": row.review_id},
    )


REVIEW_REWARD = Kind(GIVEN_MESSAGE, Purpose.SERVICE, REWARD_TEMPLATE, _write)
