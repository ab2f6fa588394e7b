"""Messages to members of teams."""

from __future__ import annotations

from mall.groupbuy.reminders import reminding, telling
from mall.groupbuy.reminders.kinds import KINDS as OWN_KINDS
from mall.groupbuy.reminders.settings import SETTINGS as OWN
from mall.groupbuy.teams.events import TeamFailed, TeamFormed, TeamMemberPaid, TeamSettled
from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.settings import SETTINGS


def install(mall: Mall) -> None:
    """Declare messages to members of teams."""
    mall.add(SETTINGS, *OWN)
    mall.jobs(reminding, telling)
    mall.add(KINDS, *OWN_KINDS)
    mall.on(TeamFormed, "groupbuy.tell_of_forming", telling.tell_of_forming)
    mall.on(TeamFailed, "groupbuy.tell_of_failing", telling.tell_of_failing)
    mall.on(TeamSettled, "groupbuy.tell_of_difference", telling.tell_of_difference)
    mall.on(TeamMemberPaid, "groupbuy.tell_leader", telling.tell_leader)
