"""What of missions needs somebody."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.kernel.invariants import AttentionList
from mall.missions.board.models import Mission, MissionProgress, MissionVersion, is_not_over

REFUSED_MISSIONS = AttentionList(
    "refused_missions",
    "missions that go on, while a reward that they give at once was refused in the last day",
    "最近一天有奖励被拒绝的任务",
    select(MissionProgress.mission_id, MissionProgress.refusal, func.count().label("progress"))
    .join(Mission, Mission.id == MissionProgress.mission_id)
    .join(
        MissionVersion,
        (MissionVersion.mission_id == Mission.id) & (MissionVersion.version == Mission.version),
    )
    .where(
        MissionProgress.refusal.is_not(None),
        MissionProgress.completed_at > func.now() - text("interval '1 day'"),
        Mission.enabled,
        is_not_over(),
    )
    .group_by(MissionProgress.mission_id, MissionProgress.refusal)
    .order_by(func.count().desc(), MissionProgress.mission_id, MissionProgress.refusal),
)
