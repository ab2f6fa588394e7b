"""What of a text says something: tables, and texts that were made longer by every trick."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.reviews.rewarding.measuring import LONGEST_RUN, PASTED, letters_of, measure
from mall.reviews.rewarding.phrases import phrases_of
from tests.reviews.corpus import REAL, own, real

WANTED, PICTURES = 50, 3
LONG = [one.text for one in own() if len(one.text) >= WANTED]
EMOJI = ("😀", "👍🏻", "👨‍👩‍👧", "❤️", "🇨🇳", "㊗️", "🈶", "1️⃣", "✨", "🫶")
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u2066\u2069\u3164\u115f\ufe0f"
texts = st.sampled_from(LONG)


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("不错", 2),
        ("好好好好好好好好好好", 1),
        ("。。。。。。。。。。", 0),
        ("质量很好，颜色也正。", 10),
        ("质量很好，，，，，，，，颜色也正。。。。", 10),
        ("质 量 很 好", 5),
        ("ＡＢＣ１２３", 6),
        ("👍👍👍👍", 0),
        ("㊗️🈶", 0),
        ("很好，不错，很好，不错，很好，不错", 5),
        ("不错\n不错\n不错", 2),
        ("1" * 40, 1),
        ("0123456789" * 5, 10),
        ("abcdefghijklmnopqrstuvwxyz", LONGEST_RUN),
        ("非常满意非常满意非常满意非常满意非常满意", 4),
        ("\u3164" * 60, 0),
        ("\u202e" + "质量很好", 4),
        ("e\u0301" * 2, 2),
        ("好\u0301\u0302\u0303\u0304看", 2),
        ("<b>很好</b>", 3),
    ],
)
def test_characters_that_say_something(text: str, characters: int) -> None:
    assert measure(text).characters == characters


def test_honest_texts_are_as_long_as_their_writers_count() -> None:
    for text in LONG:
        counted = measure(text)
        assert counted.pasted == 0
        assert len(text) - 3 <= counted.characters <= len(text), text


def test_a_quarter_of_the_letters_may_be_marks() -> None:
    dotted = "。".join("春眠不觉晓何处闻啼鸟夜来风雨声花落知多少")
    assert measure(dotted).characters == 20 + 5


@given(text=texts, pads=st.lists(st.tuples(st.integers(0, 200), st.sampled_from(EMOJI))))
def test_emoji_never_count(text: str, pads: list[tuple[int, str]]) -> None:
    assert measure(_padded(text, pads)).characters <= measure(text).characters


@given(text=texts, pads=st.lists(st.tuples(st.integers(0, 200), st.sampled_from(UNSEEN))))
def test_what_nobody_sees_never_counts(text: str, pads: list[tuple[int, str]]) -> None:
    assert measure(_padded(text, pads)) == measure(text)


@given(text=texts, times=st.integers(2, 6), between=st.sampled_from(["", "，", "\n", " ", "👍"]))
def test_saying_it_again_adds_nothing(text: str, times: int, between: str) -> None:
    again = measure(between.join([text] * times))
    assert again.characters <= measure(text).characters
    assert again.repeated


@given(text=texts, unit=st.integers(1, 12), times=st.integers(2, 60))
def test_a_part_over_and_over_stays_a_part(text: str, unit: int, times: int) -> None:
    part = letters_of(text).letters[:unit]
    assert measure(part * times).characters < 2 * unit + 5


@given(words=st.lists(st.sampled_from(["很好", "不错", "喜欢"]), min_size=30, max_size=80))
def test_three_words_in_ever_new_order_are_not_a_review(words: list[str]) -> None:
    assert measure("".join(words)).characters < WANTED
    assert measure("，".join(words)).characters < WANTED


@given(text=texts, other=texts, noise=st.integers(0, 2**32))
def test_a_copy_with_signs_put_in_is_a_copy(text: str, other: str, noise: int) -> None:
    chance = random.Random(noise)
    disguised = "".join(
        char + chance.choice(["", "", "", "👍", "\u200b", "，", " "]) for char in text.upper()
    )
    copied = measure(disguised, [other, text])
    assert copied.characters == 0
    assert copied.pasted == len(letters_of(text).letters)


@given(text=texts, other=texts)
def test_what_is_copied_of_another_does_not_count(text: str, other: str) -> None:
    if text == other:
        return
    own_part = text[:30]
    mixed = measure(own_part + other, [other])
    assert mixed.characters <= len(own_part) + PASTED
    assert measure(text, [other]) == measure(text)


@given(text=texts, before=texts, cut=st.integers(0, 40))
def test_twelve_letters_of_another_text_are_found_by_its_phrases(
    text: str, before: str, cut: int
) -> None:
    letters = letters_of(text).letters
    row = letters[cut : cut + PASTED]
    if len(row) == PASTED:
        assert phrases_of(text) & phrases_of(before[:17] + row + before[17:])


def test_few_letters_have_no_phrases() -> None:
    assert phrases_of("质量很好，颜色也正") == frozenset()


@pytest.mark.skipif(not REAL.exists(), reason="the shared data isn't here")
def test_of_a_real_shop_every_honest_review_is_paid_and_no_other() -> None:
    """26 of 994 have the length and the pictures; two of these say one sentence nine times."""
    rows = real()
    long_enough = [one for one in rows if len(one.text) >= WANTED and one.pictures >= PICTURES]
    paid = [
        one for one in rows if measure(one.text).characters >= WANTED and one.pictures >= PICTURES
    ]
    refused = [one for one in long_enough if one not in paid]
    assert (len(rows), len(long_enough), len(paid)) == (994, 26, 24)
    assert all(one in long_enough for one in paid)
    assert {one.text[:7] for one in refused} == {"高质量的评价，"}
    for one in paid:
        assert measure(one.text, [one.text]).characters == 0
        assert measure(one.text[:40] * 3).characters < WANTED
        assert measure(one.text[:40] + "".join(EMOJI) * 5).characters < WANTED
        assert measure(one.text[:40] + "。" * 30).characters < WANTED


@pytest.mark.skipif(not REAL.exists(), reason="the shared data isn't here")
def test_real_texts_that_are_copies_of_earlier_ones() -> None:
    """Found through phrases, as a shop finds them: all copies, nothing else."""
    known: dict[int, str] = {}
    copies, found = set(), set()
    texts_before: list[str] = []
    for one in real():
        phrases = phrases_of(one.text)
        letters = letters_of(one.text).letters
        rows = {letters[at : at + PASTED] for at in range(len(letters) - PASTED + 1)}
        if any(row in before for row in rows for before in texts_before):
            copies.add(one)
        others = {known[phrase] for phrase in phrases if phrase in known}
        if measure(one.text, others).pasted:
            found.add(one)
        for phrase in phrases:
            known.setdefault(phrase, one.text)
        texts_before.append(letters)
    assert found == copies
    assert len(found) > 10


def _padded(text: str, pads: list[tuple[int, str]]) -> str:
    chars = list(text)
    for place, pad in pads:
        chars.insert(min(place, len(chars)), pad)
    return "".join(chars)
