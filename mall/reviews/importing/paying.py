"""What of a sheet a reward for quality would pay: pure, row after row, as a shop would see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mall.reviews.importing.sheet_rows import ImportedRow
from mall.reviews.rewarding.measuring import Measure, measure
from mall.reviews.rewarding.phrases import phrases_of


@dataclass(frozen=True, slots=True)
class Paid:
    """A row that is as long as it takes and has the pictures; `paid` when it says as much, too."""

    row: ImportedRow
    measure: Measure
    pictures: int
    paid: bool


def paid_rows(rows: Sequence[ImportedRow], *, characters: int, pictures: int) -> list[Paid]:
    """The rows that have the length and the pictures. What a row before it said doesn't count."""
    known: dict[int, str] = {}
    found: list[Paid] = []
    for row in rows:
        phrases = phrases_of(row.text)
        if len(row.text) >= characters and len(set(row.pictures)) >= pictures:
            counted = measure(row.text, {known[one] for one in phrases if one in known})
            paid = counted.characters >= characters
            found.append(Paid(row, counted, len(set(row.pictures)), paid))
        for phrase in phrases:
            known.setdefault(phrase, row.text)
    return found
