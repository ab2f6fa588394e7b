"""A mission as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mall.compliance.campaigns import Campaign, Reward
from mall.missions.board.triggers import Trigger


def describe(
    mission_id: int, trigger: Trigger, values: Mapping[str, Any], quantity: int | None
) -> Campaign:
    """The facts of a version: its rewards are for what its trigger counts."""
    rewards: Sequence[Mapping[str, Any]] = values["rewards"]
    return Campaign(
        kind="mission",
        ref=str(mission_id),
        name=values["name"],
        texts=(values["text"],),
        starts_at=values["starts_at"],
        ends_at=values["ends_at"],
        quantity=quantity,
        mechanics=tuple(Reward(trigger.ground, one["name"]) for one in rewards),
    )
