"""Reviews, part by part."""

from __future__ import annotations

from mall.kernel.features import Feature, Mall
from mall.reviews.cashback import feature as cashback
from mall.reviews.collages import feature as collages
from mall.reviews.demo.loading import load_demo_reviews
from mall.reviews.importing import feature as importing
from mall.reviews.moderation import feature as moderation
from mall.reviews.questions import feature as questions
from mall.reviews.ratings import feature as ratings
from mall.reviews.rewarding import feature as rewarding
from mall.reviews.show import feature as show
from mall.reviews.trials import feature as trials
from mall.reviews.writing import feature as writing

PARTS: tuple[Feature, ...] = (
    moderation,
    writing,
    ratings,
    rewarding,
    questions,
    show,
    cashback,
    collages,
    trials,
    importing,
)


def install(mall: Mall) -> None:
    """Declare reviews, part by part."""
    for part in PARTS:
        part.install(mall)
    mall.demo("reviews", load_demo_reviews)
