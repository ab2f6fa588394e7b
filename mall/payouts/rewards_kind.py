"""Cash rewards as a kind of payouts: WeChat's scene 现金营销."""

from __future__ import annotations

from mall.payouts.kinds import PayoutKind, Report
from mall.payouts.settings import OPEN, SCENE_ID

REWARD = "reward"


def _scene() -> str | None:
    return SCENE_ID.get() if OPEN.get() else None


def _report(title: str) -> Report:
    return (("活动名称", title), ("奖励说明", "现金奖励"))


REWARDS = PayoutKind(
    name=REWARD,
    label="现金奖励",
    income="偶然所得",
    scene=_scene,
    report=_report,
    perception="现金奖励",
)
