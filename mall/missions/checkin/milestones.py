"""Which rewards of a plan a check-in reaches. Pure: days and counts in, milestones out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mall.rewards.granters import Reward, read_reward

DAILY, STREAK, TOTAL, FULL = "daily", "streak", "total", "full"
KINDS = (DAILY, STREAK, TOTAL, FULL)
"""Each check-in; days in a row within the cycle; days in all within it; all of its days."""
COUNTED = (STREAK, TOTAL)
"""Kinds that have a number of days."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """One reward of a plan, with what its rule gave when the plan was made."""

    kind: str
    at: int | None
    rule_id: int
    name: str
    reward: Reward


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a cycle is: its days, those with a check-in, its longest streak."""

    first_day: date
    last_day: date
    checked: int
    best: int

    @property
    def length(self) -> int:
        """Days of the cycle."""
        return (self.last_day - self.first_day).days + 1


def read_milestones(stored: Iterable[Mapping[str, Any]]) -> list[Milestone]:
    """The milestones of a plan, by ascending rule: rewards lock their rules in this order."""
    found = [
        Milestone(
            one["kind"], one["at"], int(one["rule_id"]), one["name"], read_reward(one["reward"])
        )
        for one in stored
    ]
    return sorted(found, key=lambda one: (one.rule_id, one.kind, one.at or 0))


def is_reached(milestone: Milestone, cycle: Progress) -> bool:
    """Whether a cycle has come so far. A daily one is reached by each day."""
    if milestone.kind == DAILY:
        return cycle.checked > 0
    if milestone.kind == FULL:
        return cycle.checked == cycle.length
    days = cycle.best if milestone.kind == STREAK else cycle.checked
    return milestone.at is not None and days >= milestone.at


def newly_reached(
    milestones: Iterable[Milestone], before: Progress | None, cycle: Progress
) -> list[Milestone]:
    """What a day that was added to the cycle reached, from where it stood before."""
    return [
        one
        for one in milestones
        if is_reached(one, cycle)
        and (one.kind == DAILY or before is None or not is_reached(one, before))
    ]


def event_of(milestone: Milestone, cycle: Progress, day: date) -> str:
    """What a reward is given for, once: a daily one for the day, others for the cycle."""
    if milestone.kind == DAILY:
        return f"check_in:{day}"
    return f"check_in:{cycle.first_day}:{milestone.kind}:{milestone.at or ''}".rstrip(":")
