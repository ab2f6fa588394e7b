"""Pages of the shop."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.sharing.pages.kinds import CATEGORY, PAGE_KINDS, PRODUCT, PROMOTION


def install(mall: Mall) -> None:
    """Declare the pages that the shop itself has."""
    mall.add(PAGE_KINDS, PRODUCT, CATEGORY, PROMOTION)
