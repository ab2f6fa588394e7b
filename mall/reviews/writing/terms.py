"""What a shopper says in a review."""

from __future__ import annotations

from dataclasses import dataclass

MAX_TEXT = 1_000
"""Characters of a review, a follow-up, a reply."""
MAX_PICTURES = 9
MAX_TAGS = 5
LOW_STARS = 2
"""Up to so many stars for the goods, staff must answer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A review as its writer sends it: stars 1 to 5, names of own uploads."""

    goods_stars: int
    logistics_stars: int
    service_stars: int
    text: str
    pictures: tuple[str, ...] = ()
    video: str | None = None
    anonymous: bool = False
    tags: tuple[str, ...] = ()

    @property
    def is_low(self) -> bool:
        return self.goods_stars <= LOW_STARS

    @property
    def uploads(self) -> list[str]:
        """All its uploads, for attaching."""
        return uploads_of(self.pictures, self.video)


def uploads_of(pictures: tuple[str, ...] | list[str], video: str | None) -> list[str]:
    """Pictures and the video as one list."""
    return [*pictures, *([video] if video else [])]
