"""A claim goes from one state to the next, and its units between stock, claim and order.

Lock order: the claim's order, the claim, the SKU. A hook of an order has locked the order; who
begins with a claim calls `lock_with_order`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.inventory import commands as inventory
from mall.inventory.transfer import Transfer, transfer
from mall.kernel.events import publish
from mall.orders.lines import stock_ref
from mall.orders.locking import LockedOrder, lock_order_by_id
from mall.orders.placed import PlacedOrder
from mall.prizes import metrics
from mall.prizes.errors import PrizeNotFound
from mall.prizes.events import PrizeWaiting
from mall.prizes.models import CANCELED, EXPIRED, ORDERED, TAKEN_BACK, WAITING, PrizeClaim
from mall.prizes.settings import CLAIM_DAYS

TRANSITIONS: dict[str, frozenset[str]] = {
    WAITING: frozenset({ORDERED, EXPIRED, TAKEN_BACK, CANCELED}),
    ORDERED: frozenset({WAITING, TAKEN_BACK, CANCELED}),
    EXPIRED: frozenset(),
    TAKEN_BACK: frozenset(),
    CANCELED: frozenset(),
}


def lock_claim(session: Session, claim_id: int) -> PrizeClaim:
    """A claim, locked until the commit and read afresh. Raises PrizeNotFound."""
    found = session.scalar(
        select(PrizeClaim)
        .where(PrizeClaim.id == claim_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise PrizeNotFound
    return found


def lock_with_order(session: Session, claim_id: int) -> tuple[PrizeClaim, LockedOrder | None]:
    """A claim and the order that it is in, both locked, the order first. Raises PrizeNotFound.

    Where the claim got an order meanwhile, its lock is given up and both are taken anew.
    """
    while True:
        order_id = session.scalar(select(PrizeClaim.order_id).where(PrizeClaim.id == claim_id))
        attempt = session.begin_nested()
        order = None if order_id is None else lock_order_by_id(session, order_id)
        claim = lock_claim(session, claim_id)
        if claim.order_id == order_id:
            attempt.commit()
            return claim, order
        attempt.rollback()


def move(session: Session, claim_id: int, was: str, now: str, **values: Any) -> bool:
    """Move a claim; False when it isn't in `was` (any more). Raises ValueError for a step that
    isn't in the table."""
    if now not in TRANSITIONS[was]:
        raise ValueError(f"a prize doesn't go from {was} to {now}")
    moved = session.execute(
        update(PrizeClaim)
        .where(PrizeClaim.id == claim_id, PrizeClaim.state == was)
        .values(state=now, changed_at=func.clock_timestamp(), **values)
        .returning(PrizeClaim.id)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None


def hold(session: Session, claim_id: int, sku_id: int, units: int) -> None:
    """Set units aside for a claim. Raises OutOfStock."""
    inventory.reserve(session, {sku_id: units}, ref=_next_ref(session, claim_id))


def release(session: Session, claim_id: int, sku_id: int, units: int) -> None:
    """Units that a claim held are for sale."""
    inventory.release(session, {sku_id: units}, ref=_next_ref(session, claim_id))


def give_to_order(session: Session, claim_id: int, order: PlacedOrder) -> None:
    """The units that a claim held are its order's: no stock row is touched."""
    (line,) = order.lines
    from_ref, to_ref = _next_ref(session, claim_id), stock_ref(order.order_no)
    transfer(session, [Transfer(line.sku_id, line.quantity, from_ref, to_ref)])


def count_back(session: Session, claim_id: int, units: int) -> None:
    """So many units of a claim are the shop's again."""
    session.execute(
        update(PrizeClaim)
        .where(PrizeClaim.id == claim_id)
        .values(back_units=PrizeClaim.back_units + units, changed_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


def wait_again(session: Session, claim: PrizeClaim) -> None:
    """The order of a locked claim was called off before anything left, and its units are for sale
    again: they are set aside once more, with a whole new time to claim them."""
    again: dict[str, Any] = {
        "order_id": None,
        "ordered_at": None,
        "reminded_at": None,
        "claim_by": claim_until(),
    }
    if move(session, claim.id, ORDERED, WAITING, **again):
        hold(session, claim.id, claim.sku_id, claim.left)
        metrics.PRIZES.labels("waits_again").inc()
        publish(session, PrizeWaiting(claim.id, claim.user_id))


def claim_until() -> Any:
    """SQL: until when a prize that waits from now on may be claimed."""
    return func.clock_timestamp() + func.make_interval(0, 0, 0, CLAIM_DAYS.get())


def _next_ref(session: Session, claim_id: int) -> str:
    """`ref` of the next movement of a claim: each reserves or releases once."""
    step = session.scalars(
        update(PrizeClaim)
        .where(PrizeClaim.id == claim_id)
        .values(stock_steps=PrizeClaim.stock_steps + 1)
        .returning(PrizeClaim.stock_steps)
        .execution_options(synchronize_session=False)
    ).one()
    return f"prize:{claim_id}:{step}"
