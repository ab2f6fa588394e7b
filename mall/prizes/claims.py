"""A claim goes from one state to the next, and its units between stock, claim and order.

Lock order: the grant (who takes back has it), the claim's order, the claim, the SKU. A hook of an
order has locked the order; who begins with a claim calls `lock_with_order`. No transaction writes
a claim's row twice: the second time PostgreSQL would check its foreign keys, and lock the grant
last.
"""

from __future__ import annotations

from collections.abc import Collection
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
    """A claim and the order that it is in, both locked, the order first. Raises PrizeNotFound."""
    (claim,), orders = lock_with_orders(session, [claim_id])
    return claim, orders.get(claim_id)


def lock_with_orders(
    session: Session, claim_ids: Collection[int]
) -> tuple[list[PrizeClaim], dict[int, LockedOrder]]:
    """Claims by id, and the orders that they are in by claim: all locked, the orders first, each by
    ascending id. Raises PrizeNotFound.

    Where a claim got an order meanwhile, the locks are given up and all are taken anew.
    """
    while True:
        seen = _orders_of(session, claim_ids)
        attempt = session.begin_nested()
        orders = {
            claim_id: lock_order_by_id(session, order_id)
            for order_id, claim_id in sorted(
                (order_id, claim_id) for claim_id, order_id in seen.items() if order_id is not None
            )
        }
        claims = [lock_claim(session, claim_id) for claim_id in sorted(set(claim_ids))]
        if all(claim.order_id == seen[claim.id] for claim in claims):
            attempt.commit()
            return claims, orders
        attempt.rollback()


def _orders_of(session: Session, claim_ids: Collection[int]) -> dict[int, int | None]:
    rows = session.execute(
        select(PrizeClaim.id, PrizeClaim.order_id).where(PrizeClaim.id.in_(claim_ids))
    )
    return {row.id: row.order_id for row in rows}


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


def hold_ref(claim_id: int, waits: int) -> str:
    """`ref` of the movements by which a claim holds its units while it waits, and lets them go."""
    return f"prize:{claim_id}:{waits}"


def release(session: Session, claim: PrizeClaim) -> None:
    """All units that a claim, as it was, held are for sale."""
    ref = hold_ref(claim.id, claim.waits)
    inventory.release(session, {claim.sku_id: claim.left}, ref=ref)


def release_some(session: Session, claim: PrizeClaim, units: int) -> None:
    """Some of the units that a claim, as it was, holds are for sale."""
    ref = f"{hold_ref(claim.id, claim.waits)}:{claim.back_units}"
    inventory.release(session, {claim.sku_id: units}, ref=ref)


def give_to_order(session: Session, claim: PrizeClaim, order: PlacedOrder) -> None:
    """The units that a claim, as it was, held are its order's: no stock row is touched."""
    refs = hold_ref(claim.id, claim.waits), stock_ref(order.order_no)
    transfer(session, [Transfer(claim.sku_id, claim.left, *refs)])


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
    waits = claim.waits + 1
    again: dict[str, Any] = {
        "waits": waits,
        "order_id": None,
        "ordered_at": None,
        "reminded_at": None,
        "claim_by": claim_until(),
    }
    if move(session, claim.id, ORDERED, WAITING, **again):
        inventory.reserve(session, {claim.sku_id: claim.left}, ref=hold_ref(claim.id, waits))
        metrics.PRIZES.labels("waits_again").inc()
        publish(session, PrizeWaiting(claim.id, claim.user_id))


def claim_until() -> Any:
    """SQL: until when a prize that waits from now on may be claimed."""
    return func.clock_timestamp() + func.make_interval(0, 0, 0, CLAIM_DAYS.get())
