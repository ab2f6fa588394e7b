"""Facts about teams. Each is told once; who hears it reads the state anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class TeamOpened(Event):
    """The leader has paid: others may join until the team expires."""

    name: ClassVar[str] = "groupbuy.team_opened"
    team_id: int
    activity_id: int
    leader_id: int


@dataclass(frozen=True)
class TeamMemberPaid(Event):
    """A member other than the leader has paid for a seat. `is_new`: a new customer."""

    name: ClassVar[str] = "groupbuy.team_member_paid"
    team_id: int
    activity_id: int
    leader_id: int
    user_id: int
    order_no: str
    is_new: bool


@dataclass(frozen=True)
class TeamFormed(Event):
    """Enough have paid, or the shop filled the rest: the orders go out."""

    name: ClassVar[str] = "groupbuy.team_formed"
    team_id: int
    activity_id: int


@dataclass(frozen=True)
class TeamSettled(Event):
    """The team is over, its tier reached: a draw among its members may take place."""

    name: ClassVar[str] = "groupbuy.team_settled"
    team_id: int
    activity_id: int
    tier_size: int


@dataclass(frozen=True)
class TeamFailed(Event):
    """The team is over without being formed: who paid gets it back."""

    name: ClassVar[str] = "groupbuy.team_failed"
    team_id: int
    activity_id: int
    cause: str
