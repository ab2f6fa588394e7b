"""The sheet to begin with: all columns, a product of two SKUs, and what each column means.

Its cells are text, so that Excel leaves codes and specs like "1-2" as they are written.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from xlsxwriter import Workbook

from mall.catalog.importing.columns import (
    CATEGORY_MEANINGS,
    CLEAR,
    KEYS,
    PRODUCT_COLUMNS,
    SKU_COLUMNS,
    STOCK_COLUMN,
)

GOODS, MEANINGS = "商品", "填写说明"
FILE_NAME = "products.xlsx"
_HEAD = ("列名", "说明", f"可填“{CLEAR}”清空")
_WIDTH = 18


def column_rows() -> Iterator[tuple[str, str, bool, tuple[str, str]]]:
    """Each column: header, meaning, whether `无` clears it, and two examples."""
    for header, meaning, examples in (*KEYS, *CATEGORY_MEANINGS):
        yield header, meaning, header in {name for name, *_ in CATEGORY_MEANINGS[1:]}, examples
    for column in (*PRODUCT_COLUMNS, *SKU_COLUMNS, STOCK_COLUMN):
        yield column.header, column.meaning, column.can_be_cleared, column.examples


def template() -> bytes:
    """The workbook. It can be imported as it is."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        as_text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        goods, meanings = book.add_worksheet(GOODS), book.add_worksheet(MEANINGS)
        meanings.write_row(0, 0, _HEAD, bold)
        for place, (header, meaning, clears, examples) in enumerate(column_rows()):
            goods.set_column(place, place, _WIDTH, as_text)
            goods.write_string(0, place, header, bold)
            for line, example in enumerate(examples, start=1):
                goods.write_string(line, place, example, as_text)
            meanings.write_row(place + 1, 0, (header, meaning, "可以" if clears else ""))
        goods.freeze_panes(1, 0)
        meanings.set_column(1, 1, 3 * _WIDTH)
    return out.getvalue()
