"""Which rows of a sheet a reward for quality pays: the table, and sheets made to cheat it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mall.reviews.importing.paying import Paid, paid_rows
from mall.reviews.importing.sheet_rows import ImportedRow
from mall.reviews.importing.tables import table_of
from tests.reviews.corpus import REAL, Written, own, real

LEAST, PICTURES = 50, 3


def sheet(*written: Written) -> list[ImportedRow]:
    return [
        ImportedRow(
            line,
            bytes(16),
            one.code,
            one.text,
            tuple(f"https://a.example/{line}-{number}.jpg" for number in range(one.pictures)),
            None,
            "",
        )
        for line, one in enumerate(written, start=2)
    ]


def paid(*written: Written) -> list[Paid]:
    return paid_rows(sheet(*written), characters=LEAST, pictures=PICTURES)


def with_pictures(text: str) -> Written:
    return Written("D1001", text, PICTURES)


def test_each_long_row_with_pictures_of_the_own_sheet_is_paid() -> None:
    found = paid(*own())
    assert len(found) == 15
    assert all(one.paid for one in found)
    assert table_of(found).row_count == len(found)


@given(noise=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_what_is_made_from_paid_rows_is_not_paid(noise: int) -> None:
    """Each row again: pasted, with signs put in, its parts in another order, over and over."""
    chance = random.Random(noise)
    honest = [one for one in own() if len(one.text) >= LEAST and one.pictures >= PICTURES]
    cheats: list[Written] = []
    for one in honest:
        clauses = one.text.rstrip("。").split("。")
        cheats += [
            with_pictures(one.text),
            with_pictures("👍".join(one.text)),
            with_pictures("。".join(chance.sample(clauses, len(clauses)))),
            with_pictures(one.text[: chance.randint(5, 40)] * 12),
            with_pictures("好评" + one.text),
            with_pictures(one.text[:45] + chance.choice("😀👏✨") * 20),
        ]
    chance.shuffle(cheats)
    found = paid(*honest, *cheats)
    assert [one.row.text for one in found if one.paid] == [one.text for one in honest]


@pytest.mark.skipif(not REAL.exists(), reason="the shared data isn't here")
def test_the_table_of_a_real_sheet() -> None:
    found = paid(*real())
    refused = [one for one in found if not one.paid]
    assert (len(found), len(refused)) == (26, 2)
    assert all(one.measure.repeated + one.measure.pasted > 40 for one in refused)
    again = paid(*real(), *real())
    assert sum(one.paid for one in again) == 24
