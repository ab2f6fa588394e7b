"""What a review is rewarded for, and what of it is still missing. Pure: no table, no stars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

QUALITY, BASE, PICTURE = "quality", "base", "picture"
VIDEO, FIRST_OF_SKU, FEATURED = "video", "first_of_sku", "featured"
LABELS = {
    QUALITY: "优质评价",
    BASE: "评价",
    PICTURE: "晒图",
    VIDEO: "晒视频",
    FIRST_OF_SKU: "首条评价",
    FEATURED: "精选",
}
KINDS = tuple(LABELS)
CHARACTERS, PICTURES, A_VIDEO = "characters", "pictures", "video"
NOT_FIRST, NOT_FEATURED = "first_of_sku", "featured"
LACKS = (CHARACTERS, PICTURES, A_VIDEO, NOT_FIRST, NOT_FEATURED)


@dataclass(frozen=True, slots=True)
class Terms:
    """A reward as staff set it. `at_most`: how many pictures are paid, of the kind `picture`;
    each of them is a reward, so it is 1 for the others."""

    kind: str
    min_characters: int = 0
    min_pictures: int = 0
    at_most: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What a review is, as far as rewards ask. `pictures` are different ones of its writer's own;
    `first` means that nobody else has the reward for the first review of the SKU."""

    characters: int
    pictures: int = 0
    video: bool = False
    featured: bool = False
    first: bool = True


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing for a reward: `needed` of `what`, where the review has `has`."""

    what: str
    needed: int
    has: int

    @property
    def text(self) -> str:
        """For the shopper."""
        short = self.needed - self.has
        return {
            CHARACTERS: f"还差 {short} 个有效字（重复、粘贴的内容和表情不计）",
            PICTURES: f"还差 {short} 张不同的实拍图",
            A_VIDEO: "还差一段视频",
            NOT_FIRST: "该规格已有首条评价",
            NOT_FEATURED: "评价被选为精选后发放",
        }[self.what]


def lacks(terms: Terms, facts: Facts) -> Sequence[Lack]:
    """All that is missing; nothing when the review has earned the reward."""
    return tuple(one for one in _bounds(terms, facts) if one.has < one.needed)


def times(terms: Terms, facts: Facts) -> int:
    """How many times a review has earned what the rule gives: 0, 1, or a number of pictures."""
    if lacks(terms, facts):
        return 0
    return min(facts.pictures, terms.at_most) if terms.kind == PICTURE else 1


def _bounds(terms: Terms, facts: Facts) -> Iterator[Lack]:
    # Stars alone are no review that anything is given for.
    yield Lack(CHARACTERS, max(terms.min_characters, 1), facts.characters)
    pictures = max(terms.min_pictures, 1 if terms.kind == PICTURE else 0)
    yield Lack(PICTURES, pictures, facts.pictures)
    if terms.kind == VIDEO:
        yield Lack(A_VIDEO, 1, int(facts.video))
    if terms.kind == FIRST_OF_SKU:
        yield Lack(NOT_FIRST, 1, int(facts.first))
    if terms.kind == FEATURED:
        yield Lack(NOT_FEATURED, 1, int(facts.featured))
