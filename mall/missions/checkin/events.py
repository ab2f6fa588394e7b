"""Facts about check-ins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class CheckedIn(Event):
    """A shopper checked in on a shop day ("2026-11-26"), or made it up: once for each day."""

    name: ClassVar[str] = "missions.checked_in"
    user_id: int
    day: str
