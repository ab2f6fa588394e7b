"""Facts about missions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class MissionCompletionChanged(Event):
    """A shopper completed a mission, or one that was completed before moved: read the progress
    again, it may not be complete any more."""

    name: ClassVar[str] = "missions.completion_changed"
    user_id: int
    progress_id: int
