"""Games, one by one."""

from __future__ import annotations

from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the games."""
