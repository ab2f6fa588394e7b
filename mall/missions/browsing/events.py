"""Facts about browsing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class Browsed(Event):
    """A shopper's counted time on a page grew: a step of it is full, or the page was left.

    `seconds` is what came to it since the event before, `page_seconds` all of this look at the
    page, `day_seconds` all pages of the shop `day` (2026-11-26): never more than the day's cap.
    Each second is told once; events may come in any order. `key` is unique to the event.
    `category_id` is of a product or a category; `session_id` is the row of `view_sessions`.
    """

    name: ClassVar[str] = "missions.browsed"
    user_id: int
    day: str
    seconds: int
    page_seconds: int
    day_seconds: int
    page_kind: str
    page_id: int
    category_id: int | None
    session_id: int
    key: str
