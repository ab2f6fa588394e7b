"""Orders that are collected: the point is chosen in the quote, the code is used once.

The code exists from placing on and is shown once the order is paid; closing the order,
unpaid or refunded, voids it. Handing out is the order's way from paid through shipped to
completed in one transaction, and its goods are recorded as one parcel that no carrier had.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of, transaction
from mall.kernel.errors import ValidationFailed
from mall.orders import fulfilling
from mall.orders.errors import OrderStateConflict
from mall.orders.locking import LockedOrder, lock_order
from mall.orders.models import Order
from mall.orders.states import PAID
from mall.shipping import packing, shipping_report
from mall.shipping.errors import (
    NotAClerkHere,
    NothingToShip,
    OrderIsCollected,
    PickupCodeUnknown,
    PickupCodeUsed,
    PickupCodeVoid,
    PickupElsewhere,
    PickupPointUnavailable,
    RefundUnderWay,
)
from mall.shipping.models import Pickup, PickupClerk, PickupPoint
from mall.shipping.rules import COLLECTED
from mall.staff.audit import record

WAITING, REDEEMED, VOID = "waiting", "redeemed", "void"
CODE_DIGITS = 12
_CHOICE = re.compile(r"pickup:([1-9][0-9]{0,17})", re.ASCII)


def read_choice(choice: str) -> int:
    """The point that the choice `pickup:<id>` names. Raises ValidationFailed for another text."""
    said = _CHOICE.fullmatch(choice)
    if said is None:
        raise ValidationFailed("配送方式无效", param="choices")
    return int(said[1])


def check_point(session: Session, choice: str) -> None:
    """Check that the point of the choice `pickup:<id>` is open.

    Raises ValidationFailed for another text, PickupPointUnavailable when it isn't.
    """
    is_open = select(PickupPoint.id).where(
        PickupPoint.id == read_choice(choice), PickupPoint.is_open
    )
    if session.scalar(is_open) is None:
        raise PickupPointUnavailable(param="choices")


def expect(session: Session, order_id: int, point_id: int) -> None:
    """A placed order will be collected at this point: draw its code.

    Raises PickupPointUnavailable when it was deleted since the price was made.
    """
    drawn = None
    while drawn is None:  # a taken code: one in a million millions
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        try:
            drawn = session.scalar(
                insert(Pickup)
                .values(order_id=order_id, point_id=point_id, code=code)
                .on_conflict_do_nothing(constraint="uq_pickups_code")
                .returning(Pickup.order_id)
            )
        except IntegrityError as fault:
            if constraint_of(fault) != "fk_pickups_point_id":
                raise
            raise PickupPointUnavailable(param="choices") from None


def void(session: Session, order_id: int) -> None:
    """The order was closed: nobody gets anything for its code any more."""
    session.execute(
        update(Pickup)
        .where(Pickup.order_id == order_id, Pickup.status == WAITING)
        .values(status=VOID)
    )


def refuse_if_waiting(session: Session, order_id: int) -> None:
    """Raises OrderIsCollected while the order waits to be collected."""
    if waiting(session, [order_id]):
        raise OrderIsCollected


def waiting(session: Session, order_ids: Collection[int]) -> set[int]:
    """Those of these orders that wait to be collected."""
    found = select(Pickup.order_id).where(Pickup.order_id.in_(order_ids), Pickup.status == WAITING)
    return set(session.scalars(found))


def redeem(code: str, point_id: int, staff_id: int) -> str:
    """Hand an order's goods out for its code: the order is completed. Returns its number.

    Exactly one of several who try at once has it. Staff who are bound to points redeem at
    these only. Raises PickupCodeUnknown, NotAClerkHere, PickupElsewhere, PickupCodeUsed,
    PickupCodeVoid, RefundUnderWay, NothingToShip, and OrderStateConflict when it isn't paid.
    """
    with transaction() as session:
        _may_hand_out(session, point_id, staff_id)
        order_no = session.scalar(
            select(Order.order_no)
            .join(Pickup, Pickup.order_id == Order.id)
            .where(Pickup.code == code)
        )
        if order_no is None:
            raise PickupCodeUnknown(param="code")
        order = lock_order(session, order_no)
        _use(session, order.id, point_id, staff_id)
        if order.status != PAID:
            raise OrderStateConflict
        if session.scalar(select(Order.refunding_fen).where(Order.id == order.id)):
            raise RefundUnderWay
        _hand_out(session, order)
        record(
            session,
            action="order.hand_out",
            target_type="order",
            target_id=order_no,
            after={"point_id": str(point_id)},
        )
        return order_no


def _may_hand_out(session: Session, point_id: int, staff_id: int) -> None:
    bound = session.scalars(
        select(PickupClerk.point_id).where(PickupClerk.staff_id == staff_id)
    ).all()
    if bound and point_id not in bound:
        raise NotAClerkHere(param="point_id")


def _use(session: Session, order_id: int, point_id: int, staff_id: int) -> None:
    of_order = Pickup.order_id == order_id
    used = session.scalar(
        update(Pickup)
        .where(of_order, Pickup.point_id == point_id, Pickup.status == WAITING)
        .values(status=REDEEMED, redeemed_at=func.clock_timestamp(), redeemed_by=staff_id)
        .returning(Pickup.order_id)
    )
    if used is not None:
        return
    known = session.execute(select(Pickup.point_id, Pickup.status).where(of_order)).one()
    if known.point_id != point_id:
        raise PickupElsewhere(param="point_id")
    raise PickupCodeUsed(param="code") if known.status == REDEEMED else PickupCodeVoid(param="code")


def _hand_out(session: Session, order: LockedOrder) -> None:
    units = packing.all_left(session, order.id)
    if not units:
        raise NothingToShip
    fulfilling.ship_units(session, order, units)
    parcel = {
        "order_id": order.id,
        "number": packing.next_number(session, order.id, complete=True),
        "carrier_code": COLLECTED,
        "carrier_name": "到店自提",
        "tracking_no": order.order_no,
        "version": shipping_report.enqueue(session, order.id, split=False, complete=True),
    }
    packing.insert_parcel(session, parcel, units)
    if not fulfilling.complete(session, order.order_no, "pickup"):
        raise OrderStateConflict


def is_collected(session: Session, order_no: str) -> bool:
    """True for an order that is collected rather than sent."""
    return bool(
        session.scalar(
            select(exists().where(Order.order_no == order_no, Pickup.order_id == Order.id))
        )
    )
