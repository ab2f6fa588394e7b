"""Writes to a cart. Each is one statement, so quantities are exact whatever presses race."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.cart.errors import CartFull, CartLineNotFound, QuantityTooLarge
from mall.cart.goods import buyable
from mall.cart.models import CartLine
from mall.inventory.errors import OutOfStock
from mall.kernel.db import transaction
from mall.kernel.http.schemas import MAX_QUANTITY
from mall.kernel.prepared import PreparedListStatement, PreparedStatement

MAX_LINES = 100
"""How many SKUs a cart holds. Presses at the same moment may pass it by one or two."""

_LEFT = "(SELECT COALESCE(max(sellable), 0) FROM stocks WHERE sku_id = :sku_id)"
_ADD = PreparedStatement(
    f"""
    INSERT INTO cart_lines AS line (user_id, sku_id, quantity)
    SELECT :user_id, :sku_id, :quantity
    WHERE (
        SELECT count(*) FROM cart_lines WHERE user_id = :user_id AND sku_id <> :sku_id
    ) < {MAX_LINES}
    ON CONFLICT (user_id, sku_id) DO UPDATE SET quantity = line.quantity + excluded.quantity
    WHERE line.quantity + excluded.quantity <= {MAX_QUANTITY}
    RETURNING quantity, {_LEFT} AS sellable
    """  # noqa: S608
)
_SET = PreparedStatement(
    f"""
    UPDATE cart_lines SET quantity = :quantity WHERE user_id = :user_id AND sku_id = :sku_id
    RETURNING quantity, {_LEFT} AS sellable
    """  # noqa: S608
)
_TAKE_ALL = PreparedStatement(
    "DELETE FROM cart_lines WHERE user_id = :user_id RETURNING sku_id, quantity, created_at"
)
_TAKE = PreparedListStatement(
    ["sku"],
    lambda places: (
        f"DELETE FROM cart_lines WHERE user_id = :user_id AND sku_id IN ({places})"  # noqa: S608
        " RETURNING sku_id, quantity, created_at"
    ),
)


def add(user_id: int, sku_id: int, quantity: int) -> int:
    """Put units of a SKU in the cart, on top of those in it; the line's quantity then.

    Raises SkuUnknown, SkuOffShelf, OutOfStock when the line would pass what is left,
    QuantityTooLarge, CartFull.
    """
    with transaction() as session:
        buyable(session, [sku_id])
        row = _ADD.first(session, user_id=user_id, sku_id=sku_id, quantity=quantity)
        if row is None:
            raise _why_not(session, user_id, sku_id)
        _within(row.sellable, row.quantity, sku_id)
        return int(row.quantity)


def set_quantity(user_id: int, sku_id: int, quantity: int) -> None:
    """Make a line's quantity this. Raises CartLineNotFound, OutOfStock, and as `add`."""
    with transaction() as session:
        row = _SET.first(session, user_id=user_id, sku_id=sku_id, quantity=quantity)
        if row is None:
            raise CartLineNotFound(param=str(sku_id))
        buyable(session, [sku_id])
        _within(row.sellable, quantity, sku_id)


def remove(user_id: int, sku_id: int) -> None:
    """Take a line out. A line that isn't there is out already."""
    with transaction() as session:
        take(session, user_id, [sku_id])


def take(session: Session, user_id: int, sku_ids: Collection[int] | None = None) -> dict[int, int]:
    """Take these lines, or all, out of the cart: quantities by SKU, the first added first."""
    if sku_ids is None:
        rows = _TAKE_ALL.rows(session, user_id=user_id)
    else:
        rows = _TAKE.rows(session, [list(sku_ids)], user_id=user_id)
    return {
        row.sku_id: row.quantity for row in sorted(rows, key=lambda r: (r.created_at, r.sku_id))
    }


def _within(left: int, quantity: int, sku_id: int) -> None:
    if quantity > left:
        raise OutOfStock(sku_id, left)


def _why_not(session: Session, user_id: int, sku_id: int) -> Exception:
    others = select(func.count()).where(CartLine.user_id == user_id, CartLine.sku_id != sku_id)
    full = (session.scalar(others) or 0) >= MAX_LINES
    return CartFull() if full else QuantityTooLarge(param="quantity")
