"""What a review earns, and what is missing for it, as a table. No stars anywhere."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.reviews.rewarding.admin_schemas import ReviewRewardInSchema
from mall.reviews.rewarding.schemas import ReviewPreviewInSchema
from mall.reviews.rewarding.terms import (
    A_VIDEO,
    BASE,
    CHARACTERS,
    FEATURED,
    FIRST_OF_SKU,
    KINDS,
    NOT_FEATURED,
    NOT_FIRST,
    PICTURE,
    PICTURES,
    QUALITY,
    VIDEO,
    Facts,
    Terms,
    lacks,
    times,
)

SEED = Terms(QUALITY, min_characters=50, min_pictures=3)
TABLE = [
    (SEED, Facts(50, 3), 1, []),
    (SEED, Facts(49, 3), 0, [CHARACTERS]),
    (SEED, Facts(50, 2), 0, [PICTURES]),
    (SEED, Facts(0, 0), 0, [CHARACTERS, PICTURES]),
    (Terms(BASE), Facts(1), 1, []),
    (Terms(BASE), Facts(0, 9, video=True), 0, [CHARACTERS]),
    (Terms(PICTURE, at_most=5), Facts(5, 3), 3, []),
    (Terms(PICTURE, at_most=5), Facts(5, 9), 5, []),
    (Terms(PICTURE, at_most=5), Facts(5, 0), 0, [PICTURES]),
    (Terms(PICTURE, 20, 2, at_most=2), Facts(19, 1), 0, [CHARACTERS, PICTURES]),
    (Terms(VIDEO), Facts(5, video=True), 1, []),
    (Terms(VIDEO), Facts(5), 0, [A_VIDEO]),
    (Terms(FIRST_OF_SKU, 10), Facts(10), 1, []),
    (Terms(FIRST_OF_SKU, 10), Facts(10, first=False), 0, [NOT_FIRST]),
    (Terms(FEATURED), Facts(5, featured=True), 1, []),
    (Terms(FEATURED), Facts(5), 0, [NOT_FEATURED]),
]


@pytest.mark.parametrize(("terms", "facts", "earned", "missing"), TABLE)
def test_what_is_earned_and_what_is_missing(
    terms: Terms, facts: Facts, earned: int, missing: list[str]
) -> None:
    assert times(terms, facts) == earned
    assert [one.what for one in lacks(terms, facts)] == missing


def test_the_shopper_reads_how_much_is_missing() -> None:
    characters, pictures = lacks(SEED, Facts(38, 1))
    assert "12" in characters.text
    assert "2" in pictures.text


@given(
    kind=st.sampled_from(KINDS),
    least=st.tuples(st.integers(0, 100), st.integers(0, 9)),
    at_most=st.integers(1, 9),
    facts=st.builds(
        Facts,
        characters=st.integers(0, 200),
        pictures=st.integers(0, 9),
        video=st.booleans(),
        featured=st.booleans(),
        first=st.booleans(),
    ),
)
def test_more_never_earns_less(
    kind: str, least: tuple[int, int], at_most: int, facts: Facts
) -> None:
    terms = Terms(kind, *least, at_most=at_most)
    earned = times(terms, facts)
    assert (earned == 0) == bool(lacks(terms, facts))
    assert 0 <= earned <= at_most
    for more in (
        dataclasses.replace(facts, characters=facts.characters + 1),
        dataclasses.replace(facts, pictures=facts.pictures + 1),
        dataclasses.replace(facts, video=True),
        dataclasses.replace(facts, featured=True),
        dataclasses.replace(facts, first=True),
    ):
        assert times(terms, more) >= earned


def test_neither_terms_nor_facts_know_stars() -> None:
    known = {
        *(one.name for one in dataclasses.fields(Terms)),
        *(one.name for one in dataclasses.fields(Facts)),
        *ReviewRewardInSchema().fields,
        *ReviewPreviewInSchema().fields,
    }
    assert not [name for name in known if "star" in name or "rating" in name]
