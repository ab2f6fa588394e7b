"""What an order was chosen by: a team to open or to join, kept in the order's choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mall.groupbuy.orders.kinds import PARTICIPANT


@dataclass(frozen=True, slots=True)
class Opening:
    """A new team of an activity, with one of its tier sets. `size`: the tier that the leader
    chose, where the activity's teams are for one tier."""

    activity_id: int
    tier_set_id: int
    size: int | None = None

    def as_choices(self) -> dict[str, str]:
        """As the order keeps it: `groupbuy: open:<activity>:<tier set>:<size or 0>`."""
        return {PARTICIPANT: f"open:{self.activity_id}:{self.tier_set_id}:{self.size or 0}"}


@dataclass(frozen=True, slots=True)
class Joining:
    """A seat in a team."""

    team_id: int

    def as_choices(self) -> dict[str, str]:
        """As the order keeps it: `groupbuy: join:<team>`."""
        return {PARTICIPANT: f"join:{self.team_id}"}


Choice = Opening | Joining


def chosen(choices: Mapping[str, str]) -> Choice:
    """The choice of a group-buy order."""
    verb, *numbers = choices[PARTICIPANT].split(":")
    if verb == "join":
        return Joining(int(numbers[0]))
    activity_id, tier_set_id, size = map(int, numbers)
    return Opening(activity_id, tier_set_id, size or None)
