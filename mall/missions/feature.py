"""Missions: what shoppers do again and again, and what it earns."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.missions.board import feature as board
from mall.missions.browsing import feature as browsing
from mall.missions.checkin import feature as checkin
from mall.missions.demo import load_demo_missions


def install(mall: Mall) -> None:
    """Declare missions, part by part."""
    for part in (checkin, browsing, board):
        part.install(mall)
    mall.demo("missions", load_demo_missions)
