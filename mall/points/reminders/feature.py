"""Reminders of points that will expire."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.points.reminders import jobs
from mall.points.reminders.expiring_message import POINTS_EXPIRING
from mall.points.reminders.invariants import INVARIANTS
from mall.points.reminders.settings import SETTINGS as OWN
from mall.settings import SETTINGS


def install(mall: Mall) -> None:
    """Declare reminders."""
    mall.add(SETTINGS, *OWN)
    mall.jobs(jobs)
    mall.add(KINDS, POINTS_EXPIRING)
    mall.invariants(*INVARIANTS)
