"""The fact about reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class ReviewChanged(Event):
    """A review is there, or its status, its text, its follow-up, its picking by staff, or whether
    its line was refunded has changed: read it anew. `user_id` is None for one without a shopper."""

    name: ClassVar[str] = "reviews.review_changed"
    review_id: int
    user_id: int | None
