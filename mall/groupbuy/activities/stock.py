"""The stock of an activity: units set aside of its SKUs, which nobody else can buy.

Locks: the activity's row, a team's, then the row of `groupbuy_skus`, then the SKU's stock.
"""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import GroupActivitySku
from mall.inventory import commands as inventory
from mall.inventory.transfer import Transfer, transfer
from mall.kernel.prepared import PreparedStatement
from mall.orders.lines import stock_ref
from mall.orders.placed import PlacedOrder

UNITS_HELD = "SELECT sku_id, stock - sold AS units FROM groupbuy_skus WHERE stock > sold"
"""What activities hold reserved."""

_MOVE = text(
    """
    UPDATE groupbuy_skus SET stock = stock + :change, stock_steps = stock_steps + 1
    WHERE activity_id = :activity_id AND sku_id = :sku_id AND stock + :change >= sold
    RETURNING stock_steps
    """
)
_LOCK = PreparedStatement(
    """
    SELECT stock - sold AS left FROM groupbuy_skus
    WHERE activity_id = :activity_id AND sku_id = :sku_id FOR NO KEY UPDATE
    """
)
_RETURN = text(
    """
    UPDATE groupbuy_skus SET sold = sold - :units
    WHERE activity_id = :activity_id AND sku_id = :sku_id
    """
)


def set_aside(session: Session, activity_id: int) -> None:
    """Reserve what each SKU of a locked activity wants. Raises OutOfStock."""
    for row in _skus(session, activity_id):
        _change(session, activity_id, row.sku_id, row.wanted_stock - row.stock)


def give_back(session: Session, activity_id: int) -> None:
    """What no order holds or bought is on sale again. The activity is locked."""
    for row in _skus(session, activity_id):
        _change(session, activity_id, row.sku_id, row.sold - row.stock)


def lock_units(session: Session, activity_id: int, sku_id: int) -> None:
    """Lock a SKU of an activity until the commit."""
    _LOCK.first(session, activity_id=activity_id, sku_id=sku_id)


def order_ref(order_no: str) -> str:
    """`ref` of the movements between an activity and one order, there and back, each once."""
    return f"groupbuy:{order_no}"


def transfer_to_order(session: Session, order: PlacedOrder, sku_id: int, units: int) -> bool:
    """Units of an activity are its order's, which has no others of the SKU; False when a gift is
    of the same SKU, as an order reserves a SKU once.

    No row is locked. The caller counts the units as sold in the same transaction.
    """
    if order.units[sku_id] > units:
        return False
    transfer(
        session, [Transfer(sku_id, units, order_ref(order.order_no), stock_ref(order.order_no))]
    )
    return True


def make_sellable(session: Session, order_no: str, sku_id: int, units: int) -> None:
    """Units that were counted as sold of an activity are sellable, for its order to reserve."""
    inventory.release(session, {sku_id: units}, ref=order_ref(order_no))


def take_from_order(
    session: Session, activity_id: int, sku_id: int, units: int, order_no: str, *, is_over: bool
) -> None:
    """Units of a closed order, which are sellable again, are the activity's; one that `is_over`
    gives them back at once. Raises OutOfStock when they were sold meanwhile."""
    inventory.reserve(session, {sku_id: units}, ref=order_ref(order_no))
    values = {"activity_id": activity_id, "sku_id": sku_id, "units": units}
    session.execute(_RETURN, values)
    if is_over:
        _change(session, activity_id, sku_id, -units)


def _skus(session: Session, activity_id: int) -> list[GroupActivitySku]:
    rows = session.scalars(
        select(GroupActivitySku)
        .where(GroupActivitySku.activity_id == activity_id)
        .order_by(GroupActivitySku.sku_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _change(session: Session, activity_id: int, sku_id: int, change: int) -> None:
    if not change:
        return
    values = {"activity_id": activity_id, "sku_id": sku_id, "change": change}
    step = session.execute(_MOVE, values).scalar_one()
    ref = f"groupbuy:{activity_id}:{sku_id}:{step}"
    move = inventory.reserve if change > 0 else inventory.release
    move(session, {sku_id: abs(change)}, ref=ref)
