"""A shopper claims a prize: its free order to an address, once and in time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.db import db
from mall.orders.placed import PlacedOrder
from mall.orders.placing import Placed, place_order
from mall.prizes import metrics
from mall.prizes.errors import PrizeClaimOver, PrizeNotFound, PrizeStateConflict
from mall.prizes.kinds import PARTICIPANT, PRIZE
from mall.prizes.models import EXPIRED, WAITING, PrizeClaim

# The deadline is asked in the statement that moves the claim: a sweep that expires it was before,
# or finds nothing.
_TAKE = text(
    """
    UPDATE prize_claims
    SET state = 'ordered', order_id = :order_id, ordered_at = clock_timestamp(),
        changed_at = clock_timestamp()
    WHERE id = :claim_id AND user_id = :user_id AND sku_id = :sku_id
      AND units - back_units = :units
      AND state = 'waiting_address' AND claim_by > clock_timestamp()
    RETURNING id
    """
)


def claim(user_id: int, claim_id: int, address_id: int) -> Placed:
    """Send a prize to this address: a free order of it, without freight.

    Raises PrizeNotFound, PrizeStateConflict (again, too), PrizeClaimOver, NotFound for the
    address, NotOrderable where nothing is delivered, and what `place_order` raises.
    """
    found = _own(db.session(), user_id, claim_id)
    if found.state != WAITING:
        raise why_not(found)
    return place_order(
        user_id,
        {found.sku_id: found.left},
        address_id,
        0,
        choices={PARTICIPANT: str(claim_id)},
        kind=PRIZE,
    )


def take_claim(session: Session, claim_id: int, order: PlacedOrder) -> None:
    """A claim that is locked goes into this order. Raises PrizeStateConflict, PrizeClaimOver."""
    (line,) = order.lines
    values = {
        "claim_id": claim_id,
        "order_id": order.id,
        "user_id": order.user_id,
        "sku_id": line.sku_id,
        "units": line.quantity,
    }
    if session.execute(_TAKE, values).first() is None:
        raise why_not(_own(session, order.user_id, claim_id))
    metrics.PRIZES.labels("ordered").inc()


def why_not(claim: Any) -> PrizeStateConflict | PrizeClaimOver:
    """Why a claim can't be ordered now."""
    is_over = claim.state in (WAITING, EXPIRED)
    return PrizeClaimOver() if is_over else PrizeStateConflict()


def _own(session: Session, user_id: int, claim_id: int) -> Any:
    """A shopper's own claim. Raises PrizeNotFound."""
    left = (PrizeClaim.units - PrizeClaim.back_units).label("left")
    found = session.execute(
        select(PrizeClaim.sku_id, PrizeClaim.state, left).where(
            PrizeClaim.id == claim_id, PrizeClaim.user_id == user_id
        )
    ).one_or_none()
    if found is None:
        raise PrizeNotFound
    return found
