"""What a shop owner decides of freight."""

from __future__ import annotations

from mall.settings import whole_number

FREIGHT_FEN = whole_number(
    "shipping.freight_fen",
    default=1_000,
    at_least=0,
    at_most=1_000_000,
    unit="分",
    label="统一运费",
    help="没有运费模板的商品，每单收取的运费；0 表示包邮。",
)
FREE_FREIGHT_FROM_FEN = whole_number(
    "shipping.free_freight_from_fen",
    default=8_800,
    at_least=0,
    at_most=100_000_000,
    unit="分",
    label="满额免统一运费",
    help="这些商品优惠后的金额达到这个数，免收统一运费；0 表示总是免运费。",
)
SETTINGS = (FREIGHT_FEN, FREE_FREIGHT_FROM_FEN)
