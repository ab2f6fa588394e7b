"""The rules of a season as data, and their JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from mall.kernel.clock import shop_day
from mall.rewards.granters import Reward, read_reward

PET, TREE = "pet", "tree"
KINDS = (PET, TREE)
TO_STAGE, TO_ZERO = "stage", "zero"
FLOORS = (TO_STAGE, TO_ZERO)
"""Growth decays no further than the threshold of the highest stage reached, or than nothing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage is reached with so much growth. `worth_fen` is what its reward is worth."""

    name: str
    threshold: int
    worth_fen: int = 0
    rule_id: int | None = None
    reward: Reward = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """All that a season promises. The first stage begins at no growth and rewards nothing.

    `decay` is lost for each shop day without care, after the first `grace_days` in a row.
    `daily_portions` bounds what an owner feeds on a day, `friend_waterings` what a pet gets of
    friends on a day; `places` is how many pets there may be.
    """

    kind: str
    name: str
    text: str
    starts_at: datetime
    ends_at: datetime
    feed_growth: int
    daily_portions: int | None
    water_growth: int
    friend_growth: int
    friend_waterings: int
    decay: int
    grace_days: int
    floor: str
    places: int | None
    stages: tuple[Stage, ...]

    def stage_of(self, growth: int) -> int:
        """The place of the highest stage that so much growth reaches, from 0."""
        return max(at for at, one in enumerate(self.stages) if one.threshold <= growth)


NUMBERS = (
    *("feed_growth", "daily_portions", "water_growth", "friend_growth", "friend_waterings"),
    *("decay", "grace_days", "places"),
)
_PLAIN = ("kind", "name", "text", "floor", *NUMBERS)


def plain_rules(rules: Rules) -> dict[str, Any]:
    """Rules as JSON."""
    stages = [
        {**asdict(stage), "reward": [asdict(part) for part in stage.reward]}
        for stage in rules.stages
    ]
    times = {name: getattr(rules, name).isoformat() for name in ("starts_at", "ends_at")}
    return {**{name: getattr(rules, name) for name in _PLAIN}, **times, "stages": stages}


def read_rules(stored: Mapping[str, Any]) -> Rules:
    """Rules from their JSON."""
    plain: dict[str, Any] = {name: stored[name] for name in _PLAIN}
    for name in ("starts_at", "ends_at"):
        plain[name] = datetime.fromisoformat(stored[name])
    stages = tuple(
        Stage(**{**stage, "reward": read_reward(stage["reward"])}) for stage in stored["stages"]
    )
    return Rules(**plain, stages=stages)


def last_day(ends_at: datetime, ended_at: datetime | None) -> date:
    """The last shop day of a season; one that was ended early has its last day then."""
    return shop_day(min(ends_at, ended_at or ends_at) - timedelta(microseconds=1))
