"""Leaderboards."""

from __future__ import annotations

from mall.kernel.features import Mall


def install(_mall: Mall) -> None:
    """Declare leaderboards."""
