"""Copies of texts and pictures, and listed words: how many are found, and how many wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from random import Random

import pytest
from flask import Flask
from PIL import Image, ImageEnhance

from mall.kernel.db import transaction
from mall.reviews.moderation.contents import Change
from mall.reviews.moderation.same_pictures import MOST_DIFFERENT, Fingerprint, fingerprint
from mall.reviews.moderation.same_texts import (
    ALIKE,
    bands_of,
    jaccard,
    remember_text,
    same_texts,
    shingles,
)
from mall.reviews.moderation.wording import remove_word, save_word
from mall.reviews.moderation.words import letters, words_in
from tests.reviews import corpus
from tests.support.moderated import codes, notes, photo, put, row, visitor, work
from tests.support.servers import LiveServer
from tests.support.users import make_shopper


@pytest.fixture
def told(app: Flask) -> Iterator[list[Change]]:
    with notes() as changes:
        yield changes


def pasted(text: str, random: Random) -> str:
    """A copy as people make them: emoji, spaces, a few other characters, something at the end."""
    characters = list(text)
    for _ in range(max(1, len(characters) // 40)):
        characters[random.randrange(len(characters))] = random.choice("的了很好是")
    spaced = "".join(one + ("\u200b " if random.random() < 0.2 else "") for one in characters)
    return f"👍{spaced}！！推荐"


def written() -> list[str]:
    texts = [one.text for one in (corpus.real() if corpus.REAL.exists() else corpus.own())]
    return [one for one in dict.fromkeys(texts) if len(letters(one)) >= 20]


def test_precision_and_recall_of_texts(capsys: pytest.CaptureFixture[str]) -> None:
    """Each text of the corpus, and a copy of it by another shopper."""
    texts, random = written(), Random(14)
    copies = [pasted(one, random) for one in texts]
    rows = [shingles(one) for one in texts]
    by_band: dict[tuple[int, int], set[int]] = {}
    for at, own in enumerate(rows):
        for place in enumerate(bands_of(own)):
            by_band.setdefault(place, set()).add(at)
    right = wrong = missed = 0
    for at, copy in enumerate(copies):
        own = shingles(copy)
        near = set().union(*(by_band.get(place, set()) for place in enumerate(bands_of(own))))
        found = {one for one in near if jaccard(own, rows[one]) >= ALIKE}
        # Texts of the corpus that are alike themselves are no mistake of the search.
        alike = {one for one in range(len(rows)) if jaccard(rows[at], rows[one]) >= ALIKE / 2}
        right, missed = right + (at in found), missed + (at not in found)
        wrong += len(found - alike)
    precision, recall = right / max(1, right + wrong), right / (right + missed)
    with capsys.disabled():
        print(f"\ntexts: {len(texts)}, precision {precision:.3f}, recall {recall:.3f}")  # noqa: T201
    assert precision >= 0.99
    assert recall >= 0.9


def test_the_table_finds_what_the_sets_say(told: list[Change]) -> None:
    text = written()[0]
    first = put(1, make_shopper()[0], text)
    with transaction() as session:
        remember_text(session, first, text)
    second = put(2, make_shopper()[0], f"{text}！")
    with transaction() as session:
        bands = remember_text(session, second, f"{text}！")
        (found,) = same_texts(session, second, row(second).user_id, f"{text}！", bands)
        assert (found.content_id, found.similarity) == (first, 1.0)
        assert same_texts(session, second, row(first).user_id, text, bands) == []


def test_a_pasted_text_is_for_staff(told: list[Change], simulator: LiveServer) -> None:
    text = written()[0]
    first = put(1, visitor(simulator), text)
    work()
    assert row(first).status == "approved"
    second = put(2, visitor(simulator), pasted(text, Random(3)))
    work()
    assert (row(second).status, codes(second)) == ("pending", ["same_text"])


def test_short_praise_is_no_copy(told: list[Change], simulator: LiveServer) -> None:
    ids = [put(ref, visitor(simulator), "很好，值得购买") for ref in (1, 2)]
    work()
    assert [row(one).status for one in ids] == ["approved", "approved"]


def drawn(seed: int) -> Image.Image:
    random = Random(seed)
    image = Image.new("RGB", (240, 240), (230, 220, 210))
    for _ in range(14):
        left, top = random.randrange(200), random.randrange(200)
        box = (left, top, left + random.randrange(20, 90), top + random.randrange(20, 90))
        image.paste(tuple(random.randrange(256) for _ in range(3)), box)
    return image


def printed(image: Image.Image, quality: int = 90) -> Fingerprint:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    found = fingerprint("x", out.getvalue())
    assert found is not None
    return found


def distance(one: Fingerprint, other: Fingerprint) -> int:
    return ((one.phash ^ other.phash) % 2**64).bit_count()


def test_precision_and_recall_of_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    """Copies as phones and chats make them: saved again, made smaller, a little brighter."""
    images = [drawn(seed) for seed in range(60)]
    prints = [printed(one) for one in images]
    right = wrong = missed = 0
    for at, image in enumerate(images):
        copies = [
            printed(image, 60),
            printed(image.resize((150, 150))),
            printed(ImageEnhance.Brightness(image).enhance(1.08)),
        ]
        for copy in copies:
            found = {n for n, one in enumerate(prints) if distance(copy, one) <= MOST_DIFFERENT}
            right, missed = right + (at in found), missed + (at not in found)
            wrong += len(found - {at})
    precision, recall = right / max(1, right + wrong), right / (right + missed)
    with capsys.disabled():
        print(f"\npictures: {len(images)}, precision {precision:.3f}, recall {recall:.3f}")  # noqa: T201
    assert precision >= 0.99
    assert recall >= 0.9


@pytest.mark.parametrize("seed", range(20))
def test_three_bits_leave_a_band_as_it_was(seed: int) -> None:
    random = Random(seed)
    one = Fingerprint("a", random.getrandbits(63))
    flipped = one.phash
    for bit in random.sample(range(63), MOST_DIFFERENT):
        flipped ^= 1 << bit
    other = Fingerprint("b", flipped)
    bands = [name for name in one.columns if name != "phash"]
    assert any(one.columns[name] == other.columns[name] for name in bands)


def test_a_picture_of_one_colour_is_not_compared() -> None:
    out = BytesIO()
    Image.new("RGB", (60, 40), (200, 10, 10)).save(out, "JPEG")
    assert fingerprint("x", out.getvalue()) is None


def test_anothers_picture_is_for_staff(told: list[Change], simulator: LiveServer) -> None:
    one, other = visitor(simulator), visitor(simulator)
    first = put(1, one, "", photo(one, 5))
    work()
    second = put(2, other, "", photo(other, 5, quality=60, size=200))
    third = put(3, other, "", photo(other, 6))
    work()
    assert codes(first) == []
    assert "same_picture" in codes(second)
    assert "same_picture" not in codes(third)


@pytest.mark.parametrize("text", ["请加群领券", "请 加\u200b群", "请加【群】", "請ＡＢＣ加群"])
def test_a_listed_word_is_found_however_it_is_spaced(app: Flask, text: str) -> None:
    with transaction() as session:
        assert words_in(session, text) == []
    word_id = save_word("加群", "review")
    with transaction() as session:
        assert [one.word for one in words_in(session, text)] == ["加群"]
    save_word("加群", "risky")
    with transaction() as session:
        assert [one.suggest for one in words_in(session, text)] == ["risky"]
        assert words_in(session, "加一群") == []
    assert word_id


def test_a_word_that_was_taken_off_is_not_found(app: Flask) -> None:
    word_id = save_word("加群", "review")
    with transaction() as session:
        assert words_in(session, "加群")
    remove_word(word_id)
    with transaction() as session:
        assert words_in(session, "加群") == []


def test_a_risky_word_refuses_without_naming_it(told: list[Change], simulator: LiveServer) -> None:
    save_word("加群", "risky")
    content = put(1, visitor(simulator), "大家加群")
    work()
    assert (row(content).status, codes(content)) == ("refused", ["word"])
    assert "加群" not in row(content).reason
