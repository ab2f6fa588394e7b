"""The arithmetic of rungs: which steps are reached, what is missing, where a reward should be.

Pure: no table, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mall.referral.ladders.models import INVITEE, INVITER, LADDER, ONE_TO_TWO

NOTHING, PROMISED, GIVEN = "nothing", "promised", "given"
"""Where the reward of a step should be: not there, waiting, with the shopper."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: who gets what rule's reward, at which count, how often."""

    position: int
    side: str
    threshold: int
    times: int
    rule_id: int
    name: str
    reward: Sequence[Mapping[str, Any]]

    def needed(self, step: int) -> int:
        """The count at which a step is reached."""
        return self.threshold * step

    def steps(self, counted: int) -> int:
        """How many steps such a count reaches."""
        return min(counted // self.threshold, self.times)

    def missing(self, counted: int) -> int:
        """What is missing to the next step; 0 when there is no further one."""
        reached = self.steps(counted)
        return 0 if reached == self.times else self.needed(reached + 1) - counted


@dataclass(frozen=True, slots=True)
class Counts:
    """`counted` invites or orders so far; `firm` of them can't fall away in the usual way."""

    counted: int
    firm: int


def wanted(needed: int, counts: Counts) -> str:
    """Where the reward of a step that needs so many should be."""
    if counts.firm >= needed:
        return GIVEN
    return PROMISED if counts.counted >= needed else NOTHING


@dataclass(frozen=True, slots=True)
class PlannedRung:
    """A rung as staff plan it."""

    side: str
    threshold: int
    times: int
    rule_id: int


def planned_rungs(terms: Mapping[str, Any]) -> list[PlannedRung]:
    """The rungs of terms as the schema reads them; the two presets make theirs.

    1:1: each qualified invitee rewards the inviter, 1:2: each two of them; the invitee is
    rewarded for the first settled order.
    """
    if terms["mode"] == LADDER:
        rungs = [PlannedRung(**one) for one in terms["rungs"]]
        return sorted(rungs, key=lambda one: (one.side, one.threshold))
    every = 2 if terms["mode"] == ONE_TO_TWO else 1
    return [
        PlannedRung(INVITER, every, terms["times"], terms["inviter_rule_id"]),
        PlannedRung(INVITEE, 1, 1, terms["invitee_rule_id"]),
    ]
