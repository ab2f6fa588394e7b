"""The table of what a reward for quality pays."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from mall.reviews.importing.paying import Paid

SHOWN = 40
"""Characters of a text in the table."""


def table_of(found: Iterable[Paid]) -> Table:
    """Rows that have the length and the pictures, and what of them counts."""
    table = Table("line", "product", "length", "counts", "repeated", "pasted", "pictures", "paid")
    table.add_column("text", overflow="fold")
    for one in found:
        measure = one.measure
        figures = (measure.characters, measure.repeated, measure.pasted, one.pictures)
        table.add_row(
            str(one.row.line),
            one.row.code,
            str(len(one.row.text)),
            *map(str, figures),
            "yes" if one.paid else "no",
            escape(one.row.text[:SHOWN]),
        )
    return table
