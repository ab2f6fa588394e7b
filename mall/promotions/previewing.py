"""Staff's preview: what any cart would cost at any moment, and what the shop keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from mall.catalog.models import Sku
from mall.catalog.queries import skus_for_sale
from mall.inventory.errors import SkuUnknown
from mall.kernel.db import transaction
from mall.orders import participants
from mall.orders.participants import Offer
from mall.orders.quoting import placing_context, quote_goods, with_gifts
from mall.pricing.benefits import plain_yuan
from mall.pricing.quote import Quote, QuoteLine

NOBODY = 0
"""No shopper has this id: whoever it stands for has bought nothing yet."""


@dataclass(frozen=True, slots=True)
class MarginLine:
    """A line with what the shop keeps of it; None where its cost isn't known."""

    sku_id: int
    quantity: int
    total_fen: int
    payable_fen: int
    cost_fen: int | None
    margin_fen: int | None
    margin_bp: int | None
    below_floor: bool
    is_gift: bool


@dataclass(frozen=True, slots=True)
class PricePreview:
    """A quote in the shop's eyes. `margin_fen` is of the lines whose cost is known."""

    quote: Quote
    offers: tuple[Offer, ...]
    lines: tuple[MarginLine, ...]
    margin_fen: int
    warnings: tuple[str, ...]


def preview_price(
    wanted: Mapping[int, int],
    at: datetime | None,
    user_id: int | None,
    floor_margin_bp: int,
    choices: Mapping[str, str],
) -> PricePreview:
    """What `wanted` (SKU id → units) would cost this shopper then (now without `at`).

    Goods off the shelf may be asked about too. Raises SkuUnknown, AmountTooLarge,
    ValidationFailed for an unknown choice, and what a participant says of a choice.
    """
    with transaction() as session:
        goods = skus_for_sale(session, wanted)
        for sku_id in wanted:
            if sku_id not in goods:
                raise SkuUnknown(param=str(sku_id))
        context = placing_context(user_id or NOBODY, wanted, goods, None, choices)
        context = replace(context, at=at)
        quote = quote_goods(session, context)
        offers = tuple(participants.offers(session, context, quote))
        goods = with_gifts(session, goods, quote)
        rows = session.execute(select(Sku.id, Sku.cost_fen).where(Sku.id.in_(goods)))
        costs = {row.id: row.cost_fen for row in rows}
    lines = tuple(_margin(line, costs[line.line.sku_id], floor_margin_bp) for line in quote.lines)
    warnings = [
        f"{goods[line.sku_id].name}：{_complaint(line)}" for line in lines if _complaint(line)
    ]
    margin_fen = sum(line.margin_fen or 0 for line in lines)
    if quote.gifts and _below(margin_fen, sum(x.payable_fen for x in lines), floor_margin_bp):
        warnings.append(f"含赠品：{_too_little(margin_fen)}")
    return PricePreview(quote, offers, lines, margin_fen, tuple(warnings))


def _margin(line: QuoteLine, unit_cost_fen: int | None, floor_margin_bp: int) -> MarginLine:
    units, payable_fen = line.line.quantity, line.payable_fen
    cost_fen = margin_fen = margin_bp = None
    below = False
    if unit_cost_fen is not None:
        cost_fen = unit_cost_fen * units
        margin_fen = payable_fen - cost_fen
        margin_bp = margin_fen * 10_000 // payable_fen if payable_fen else None
        # A gift is given away on purpose: it is judged with all that was bought for it.
        below = not line.gift and _below(margin_fen, payable_fen, floor_margin_bp)
    return MarginLine(
        line.line.sku_id,
        units,
        line.total_fen,
        payable_fen,
        cost_fen,
        margin_fen,
        margin_bp,
        below,
        line.gift is not None,
    )


def _below(margin_fen: int, payable_fen: int, floor_margin_bp: int) -> bool:
    return margin_fen * 10_000 < floor_margin_bp * payable_fen


def _complaint(line: MarginLine) -> str:
    if line.margin_fen is None:
        return "未填成本价，无法计算毛利"
    if not line.below_floor:
        return ""
    return _too_little(line.margin_fen)


def _too_little(margin_fen: int) -> str:
    if margin_fen < 0:
        return f"低于成本 {plain_yuan(-margin_fen)} 元"
    return f"毛利 {plain_yuan(margin_fen)} 元，低于最低毛利率"
