"""Import of reviews."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.reviews.importing.cli import reviews_group
from mall.reviews.importing.invariants import INVARIANTS


def install(mall: Mall) -> None:
    """Declare the import of reviews."""
    mall.commands(reviews_group)
    mall.invariants(*INVARIANTS)
