"""A quote as the rows of an order's tables, for the statements that write orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mall.catalog.queries import SkuForSale
from mall.pricing.quote import Gift, Quote

LINE_COLUMNS = (
    "position",
    "sku_id",
    "spu_id",
    "sku_code",
    "name",
    "spec_text",
    "image",
    "price_fen",
    "cost_fen",
    "quantity",
    "total_fen",
    "adjusted_fen",
    "payable_fen",
    "gift",
)
"""What an order's line is when it is written; the other columns count what happens to it."""
ADJUSTMENT_COLUMNS = ("lane", "source", "label", "amount_fen", "shares")


def line_rows(quote: Quote, goods: Mapping[int, SkuForSale]) -> list[dict[str, Any]]:
    """The order's lines: a copy of the goods as they are sold, and their money."""
    rows = []
    for position, line in enumerate(quote.lines, start=1):
        sku = goods[line.line.sku_id]
        rows.append(
            {
                "position": position,
                "sku_id": sku.sku_id,
                "spu_id": sku.spu_id,
                "sku_code": sku.sku_code,
                "name": sku.name,
                "spec_text": sku.spec_text,
                "image": sku.image or "",
                "price_fen": line.line.price_fen,
                "cost_fen": sku.cost_fen,
                "quantity": line.line.quantity,
                "total_fen": line.total_fen,
                "adjusted_fen": line.adjusted_fen,
                "payable_fen": line.payable_fen,
            }
        )
        if line.gift is not None:
            rows[-1]["gift"] = _gift(quote, line.gift)
    return rows


def _gift(quote: Quote, gift: Gift) -> dict[str, Any]:
    bought = enumerate(quote.bought, start=1)
    places = [position for position, x in bought if x.line.sku_id in gift.over]
    return {"source": gift.source, "for": places, **asdict(gift.rule)}


def adjustment_rows(quote: Quote) -> list[dict[str, Any]]:
    """Why the order costs more or less than its goods."""
    return [
        {
            "lane": a.lane.name,
            "source": a.source,
            "label": a.label,
            "amount_fen": a.amount_fen,
            "shares": a.shares,
        }
        for a in quote.adjustments
    ]
