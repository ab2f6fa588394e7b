"""Reviews, part by part."""

from __future__ import annotations

from mall.kernel.features import Feature, Mall

PARTS: tuple[Feature, ...] = ()


def install(mall: Mall) -> None:
    """Declare reviews."""
    for part in PARTS:
        part.install(mall)
