"""What a review would earn, before it is sent. Nothing is kept, nothing depends on stars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.reviews.moderation.same_pictures import Fingerprint
from mall.reviews.rewarding import queries
from mall.reviews.rewarding.defining import terms_of
from mall.reviews.rewarding.facts import is_first, measured
from mall.reviews.rewarding.pictures import count_pictures
from mall.reviews.rewarding.terms import LABELS, Facts, Lack, lacks, times


@dataclass(frozen=True, slots=True)
class Offer:
    """What reviews are rewarded for; in a preview also what is missing for it."""

    kind: str
    text: str
    min_characters: int
    min_pictures: int
    at_most: int
    after_settling: bool
    reward: Sequence[Mapping[str, Any]]
    times: int = 0
    lacks: Sequence[Lack] = ()

    @property
    def label(self) -> str:
        """The kind, for the shopper."""
        return LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class Preview:
    """What of a draft counts, and what it earns when it is approved."""

    characters: int
    repeated: int
    pasted: int
    pictures: int
    rewards: Sequence[Offer]


def offers(session: Session) -> Sequence[Offer]:
    """What reviews are rewarded for now."""
    return [_offer(row) for row in queries.offered(session)]


def preview(
    session: Session, line: Any, draft: Mapping[str, Any], prints: Sequence[Fingerprint]
) -> Preview:
    """What a draft for an order's line would earn. `line` has `sku_id` and `review_id`, which is
    None while nothing was sent; `prints` are of the draft's pictures (`own_prints`)."""
    measure = measured(session, draft["text"], line.review_id)
    facts = Facts(
        characters=measure.characters,
        pictures=count_pictures(session, prints, line.review_id),
        video=draft["video"] is not None,
        first=is_first(session, line.sku_id, line.review_id),
    )
    rewards = [
        _offer(row, times(terms_of(row), facts), lacks(terms_of(row), facts))
        for row in queries.offered(session)
    ]
    return Preview(measure.characters, measure.repeated, measure.pasted, facts.pictures, rewards)


def _offer(row: Any, earned: int = 0, missing: Sequence[Lack] = ()) -> Offer:
    return Offer(
        kind=row.kind,
        text=row.text,
        min_characters=row.min_characters,
        min_pictures=row.min_pictures,
        at_most=row.at_most,
        after_settling=row.after_settling,
        reward=row.reward,
        times=earned,
        lacks=missing,
    )
