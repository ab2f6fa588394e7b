"""Missions: what shoppers do again and again, and what it earns."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.missions.checkin import feature as checkin


def install(mall: Mall) -> None:
    """Declare missions, part by part."""
    for part in (checkin,):
        part.install(mall)
