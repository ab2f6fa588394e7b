"""Writes to a cart. Each is one statement, so concurrent requests never lose units."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.cart.errors import CartFull, CartLineNotFound, QuantityTooLarge
from mall.cart.events import CartChanged
from mall.cart.goods import buyable
from mall.cart.queries import quantities
from mall.catalog.rules import on_shelf_now
from mall.inventory.errors import OutOfStock
from mall.inventory.queries import sellable
from mall.kernel.db import constraint_of, is_within_transaction, transaction
from mall.kernel.events import publish
from mall.kernel.http.schemas import MAX_QUANTITY
from mall.kernel.prepared import PreparedListStatement, PreparedStatement

MAX_LINES = 100
"""How many SKUs a cart holds."""
SLOT_TAKEN = "uq_cart_lines_user_id_slot"

_LEFT = "(SELECT COALESCE(max(sellable), 0) FROM stocks WHERE sku_id = :sku_id)"
_ON_SHELF = on_shelf_now().compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
# A line that is there keeps its slot; a new one takes the lowest free slot, if there is one.
_ADD = PreparedStatement(
    f"""
    WITH mine AS MATERIALIZED (
        SELECT sku_id, slot FROM cart_lines WHERE user_id = :user_id
    ), place AS (
        SELECT min(slot) AS slot FROM (
            SELECT slot FROM mine WHERE sku_id = :sku_id
            UNION ALL
            SELECT min(free.slot) FROM (SELECT 1 AS slot UNION ALL SELECT slot + 1 FROM mine) free
            WHERE free.slot <= {MAX_LINES} AND free.slot NOT IN (SELECT slot FROM mine)
              AND NOT EXISTS (SELECT 1 FROM mine WHERE sku_id = :sku_id)
        ) slots
    )
    INSERT INTO cart_lines AS line (user_id, sku_id, quantity, slot)
    SELECT :user_id, skus.id, :quantity, place.slot
    FROM place, skus JOIN spus ON spus.id = skus.spu_id
    WHERE skus.id = :sku_id AND skus.enabled AND {_ON_SHELF}
      AND place.slot IS NOT NULL AND :quantity <= {_LEFT}
    ON CONFLICT (user_id, sku_id) DO UPDATE SET quantity = line.quantity + excluded.quantity
    WHERE line.quantity + excluded.quantity <= LEAST({MAX_QUANTITY}, {_LEFT})
    RETURNING quantity
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
    QuantityTooLarge, CartFull. The limits hold however many requests come at once.
    """
    while True:
        try:
            with _tried() as session:
                row = _ADD.first(session, user_id=user_id, sku_id=sku_id, quantity=quantity)
                if row is not None:
                    publish(session, CartChanged(user_id))
                    return int(row.quantity)
                _refuse(session, user_id, sku_id, quantity)
        except IntegrityError as error:
            if constraint_of(error) != SLOT_TAKEN:
                raise
        # Another request of this shopper was faster: it took the slot, or made room.


@contextmanager
def _tried() -> Iterator[Session]:
    """A transaction that may fail and be tried again, also within a caller's."""
    is_within = is_within_transaction()
    with transaction() as session, session.begin_nested() if is_within else nullcontext():
        yield session


def set_quantity(user_id: int, sku_id: int, quantity: int) -> None:
    """Make a line's quantity this. Raises CartLineNotFound, OutOfStock, and as `add`."""
    with transaction() as session:
        row = _SET.first(session, user_id=user_id, sku_id=sku_id, quantity=quantity)
        if row is None:
            raise CartLineNotFound(param=str(sku_id))
        buyable(session, [sku_id])
        _within(row.sellable, quantity, sku_id)
        publish(session, CartChanged(user_id))


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
    if rows:
        publish(session, CartChanged(user_id))
    return {
        row.sku_id: row.quantity for row in sorted(rows, key=lambda r: (r.created_at, r.sku_id))
    }


def _within(left: int, quantity: int, sku_id: int) -> None:
    if quantity > left:
        raise OutOfStock(sku_id, left)


def _refuse(session: Session, user_id: int, sku_id: int, quantity: int) -> None:
    """Raise why units can't be added; nothing when by now they can."""
    buyable(session, [sku_id])
    lines = quantities(session, user_id)
    if sku_id not in lines and len(lines) >= MAX_LINES:
        raise CartFull
    wanted = lines.get(sku_id, 0) + quantity
    if wanted > MAX_QUANTITY:
        raise QuantityTooLarge(param="quantity")
    _within(sellable(session, [sku_id])[sku_id], wanted, sku_id)
