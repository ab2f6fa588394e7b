"""A cart at live prices: what it costs now and which lines can't be bought."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from mall.cart.models import CartLine
from mall.catalog.queries import SkuForSale, skus_for_sale
from mall.inventory.queries import sellable, shown
from mall.kernel.prepared import PreparedStatement

_LINES = PreparedStatement(
    select(CartLine.sku_id, CartLine.quantity)
    .where(CartLine.user_id == bindparam("user_id"))
    .order_by(CartLine.created_at, CartLine.sku_id)
)

OK, OFF_SHELF, SOLD_OUT, SHORT = STATES = ("ok", "off_shelf", "sold_out", "short")


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with the goods as they are now. `left` is capped for showing."""

    goods: SkuForSale
    quantity: int
    left: int
    state: str

    @property
    def total_fen(self) -> int:
        return self.goods.price_fen * self.quantity


@dataclass(frozen=True, slots=True)
class ShownCart:
    """A cart, the line added last first. `goods_fen` counts the lines that can be bought."""

    lines: tuple[ShownLine, ...]

    @property
    def goods_fen(self) -> int:
        return sum(line.total_fen for line in self.lines if line.state == OK)


def quantities(session: Session, user_id: int) -> dict[int, int]:
    """What is in the cart, by SKU, the first added first."""
    return {row.sku_id: row.quantity for row in _LINES.rows(session, user_id=user_id)}


def shown_cart(session: Session, user_id: int) -> ShownCart:
    """A shopper's cart with live prices and stock."""
    wanted = quantities(session, user_id)
    goods = skus_for_sale(session, wanted)
    left = sellable(session, wanted)
    lines = [
        ShownLine(
            goods[sku_id], units, shown(left[sku_id]), state(goods[sku_id], units, left[sku_id])
        )
        for sku_id, units in wanted.items()
    ]
    return ShownCart(tuple(reversed(lines)))


def state(goods: SkuForSale, quantity: int, left: int) -> str:
    """Whether so many of a SKU can be bought: one of STATES."""
    if not goods.on_sale:
        return OFF_SHELF
    if left == 0:
        return SOLD_OUT
    return OK if left >= quantity else SHORT
