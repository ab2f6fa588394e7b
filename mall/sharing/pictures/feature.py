"""Pictures that carry a share."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.settings import SETTINGS
from mall.sharing.pictures.settings import SETTINGS as OWN


def install(mall: Mall) -> None:
    """Declare what codes on pictures need."""
    mall.add(SETTINGS, *OWN)
