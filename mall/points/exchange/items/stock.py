"""The stock of an item: units set aside for it, which nobody else can buy.

Of goods they are reserved of the SKU's stock. A reward or a code has no other stock: its units
come into the SKU's books with the item, and leave them with it. Every change is made under the
lock of the item's row, before the SKU's.
"""

from __future__ import annotations

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.points.exchange.errors import ExchangeItemNotFound, ExchangeStockTooSmall
from mall.points.exchange.models import SKU, ExchangeItem

REASON = "积分商城"
_MOVE = text(
    """
    UPDATE exchange_items SET stock = stock + :change, stock_steps = stock_steps + 1
    WHERE id = :item_id AND stock + :change >= sold
    RETURNING kind, sku_id, stock_steps
    """
)
_SELL = text(
    """
    UPDATE exchange_items SET sold = sold + :units
    WHERE id = :item_id AND sold + :units <= stock RETURNING id
    """
)
_RETURN = text("UPDATE exchange_items SET sold = sold - :units WHERE id = :item_id RETURNING id")

UNITS_HELD = "SELECT sku_id, stock - sold AS units FROM exchange_items WHERE stock > sold"
"""What the items hold reserved."""


def lock_item(session: Session, item_id: int) -> ExchangeItem:
    """An item, locked until the commit. Raises ExchangeItemNotFound."""
    item = session.scalar(
        select(ExchangeItem)
        .where(ExchangeItem.id == item_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if item is None:
        raise ExchangeItemNotFound
    return item


def change_stock(session: Session, item_id: int, change: int) -> None:
    """Set `change` units more aside for a locked item, or give so many back.

    Raises ExchangeStockTooSmall when fewer are left, OutOfStock when the SKU has too few.
    """
    if not change:
        return
    moved = session.execute(_MOVE, {"item_id": item_id, "change": change}).one_or_none()
    if moved is None:
        raise ExchangeStockTooSmall(param="stock")
    units, ref = abs(change), f"exchange:{item_id}:{moved.stock_steps}"
    of_goods = moved.kind == SKU
    if change > 0:
        if not of_goods:
            inventory.receive(session, moved.sku_id, units, reason=REASON, ref=ref)
        inventory.reserve(session, {moved.sku_id: units}, ref=ref)
        return
    inventory.release(session, {moved.sku_id: units}, ref=ref)
    if not of_goods:
        inventory.take_out(session, moved.sku_id, units, reason=REASON, ref=ref)


def end(session: Session, item: ExchangeItem) -> bool:
    """A locked item is over for good: what is left is given back. False when it was over."""
    if item.ended_at is not None:
        return False
    session.execute(_END, {"item_id": item.id})
    change_stock(session, item.id, item.sold - item.stock)
    return True


_END = text(
    "UPDATE exchange_items SET ended_at = clock_timestamp(), enabled = false WHERE id = :item_id"
)


def order_ref(order_no: str) -> str:
    """`ref` of the movements between an item and one order, there and back, each once."""
    return f"exchange:{order_no}"


def give_to_order(session: Session, item_id: int, sku_id: int, units: int, order_no: str) -> bool:
    """Units of a locked item are sellable, for its order to reserve them next. False when fewer
    are left."""
    values = {"item_id": item_id, "units": units}
    if session.execute(_SELL, values).first() is None:
        return False
    inventory.release(session, {sku_id: units}, ref=order_ref(order_no))
    return True


def take_from_order(session: Session, item_id: int, units: int, order_no: str) -> None:
    """Units of a closed order, which are sellable again, are the locked item's.

    One that is over gives them back at once. Raises OutOfStock when they were sold meanwhile.
    """
    item = lock_item(session, item_id)
    inventory.reserve(session, {item.sku_id: units}, ref=order_ref(order_no))
    session.execute(_RETURN, {"item_id": item_id, "units": units})
    if item.ended_at is not None:
        change_stock(session, item_id, -units)


def due_to_end(session: Session) -> list[int]:
    """Items whose time is over and that aren't ended yet."""
    query = select(ExchangeItem.id).where(
        ExchangeItem.ended_at.is_(None), ExchangeItem.ends_at <= func.clock_timestamp()
    )
    return list(session.scalars(query.order_by(ExchangeItem.id)))
