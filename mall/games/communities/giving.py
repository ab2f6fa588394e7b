"""The rewards of missions that were reached, in batches: each shopper's once, by a row of its own
and by the key of `reward_grants` (rule, event, shopper)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mall.games.communities.models import CommunityMission, CommunityReward
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.failpoints import around_commit
from mall.rewards.granters import read_reward
from mall.rewards.granting import Source, grant

BATCH = 100
# Refused ones are tried again when they are asked for; a closed account gets nothing any more.
_DUE = text(
    """
    SELECT r.mission_id, r.user_id FROM community_rewards r
    JOIN users u ON u.id = r.user_id AND u.closed_at IS NULL
    WHERE r.grant_id IS NULL AND (r.refusal IS NULL OR CAST(:refused AS boolean))
      AND (r.mission_id, r.user_id) > (:mission_id, :user_id)
    ORDER BY r.mission_id, r.user_id LIMIT :most
    FOR NO KEY UPDATE OF r SKIP LOCKED
    """
)


def give_due(*, refused: bool = False) -> int:
    """Give every reward that is due, or that was refused before, each batch in a transaction of
    its own: how many were tried. Safe to repeat and to run beside itself."""
    tried, last = 0, (0, 0)
    while True:
        with transaction() as session:
            around_commit(session, "communities.before_batch", "communities.after_batch")
            taken = _take(session, last, refused)
            # One mission a batch: its shoppers ascend, and all take the same parts.
            due = [row for row in taken if row.mission_id == taken[0].mission_id]
            for row in due:
                _give(session, row.mission_id, row.user_id)
        if not due:
            return tried
        tried += len(due)
        last = (due[-1].mission_id, due[-1].user_id)


def event_of(mission_id: int) -> str:
    """What the reward is given for."""
    return f"community_mission:{mission_id}"


def _take(session: Session, last: tuple[int, int], refused: bool) -> list[Any]:
    values = {"mission_id": last[0], "user_id": last[1], "refused": refused, "most": BATCH}
    return list(session.execute(_DUE, values))


def _give(session: Session, mission_id: int, user_id: int) -> None:
    mission = session.execute(
        select(CommunityMission.rule_id, CommunityMission.reward).where(
            CommunityMission.id == mission_id
        )
    ).one()
    session.execute(
        update(CommunityReward)
        .where(CommunityReward.mission_id == mission_id, CommunityReward.user_id == user_id)
        .values(**_try(session, user_id, Source(mission.rule_id, event_of(mission_id)), mission))
        .execution_options(synchronize_session=False)
    )


def _try(session: Session, user_id: int, source: Source, mission: Any) -> dict[str, Any]:
    """The grant, or why it was refused. A refusal undoes only itself."""
    try:
        with session.begin_nested():
            made = grant(session, user_id, source, read_reward(mission.reward))
    except MallError as refused:
        return {"grant_id": None, "refusal": refused.code}
    return {"grant_id": made.id, "refusal": None}
