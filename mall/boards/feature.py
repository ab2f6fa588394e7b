"""Leaderboards."""

from __future__ import annotations

from mall.boards import jobs, metrics
from mall.boards.attention import REFUSED_PRIZES
from mall.boards.cli import boards
from mall.boards.invariants import INVARIANTS
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare leaderboards. Features add their kinds to `kinds.BOARD_KINDS`."""
    mall.jobs(jobs)
    mall.metrics(metrics)
    mall.commands(boards)
    mall.invariants(*INVARIANTS)
    mall.attention(REFUSED_PRIZES)
