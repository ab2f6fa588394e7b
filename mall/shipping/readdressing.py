"""Another address for an order, before anything of it leaves: by staff, or by its shopper.

The freight rules are asked about the new region: where nothing is sent, it is refused; where it
costs more, that is shown. The order's price never changes by this. Staff may accept dearer
freight for the shop; a shopper may not.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.orders.events import OrderReaddressed
from mall.orders.kinds import kind_named
from mall.orders.locking import LockedOrder, lock_order, lock_own_order
from mall.orders.readdressing import READDRESSABLE, address_of, replace_address
from mall.shipping.errors import AddressFixed, AddressNotNeeded, FreightDearer
from mall.shipping.freight_of_order import freight_at_placing, freight_to
from mall.shipping.models import Pickup, Shipment, ShippingReport
from mall.staff.audit import record
from mall.users.addressing import AddressSnapshot
from mall.users.queries import address_snapshot
from mall.users.regions import names_of


@dataclass(frozen=True, slots=True)
class Readdressing:
    """What a new address means for the freight, by the rules and without what came off it.

    `freight_fen` was asked when the order was placed, `new_freight_fen` would be asked now.
    `changed` is False in a dry run, and where the address is the same.
    """

    order_no: str
    region_names: str
    freight_fen: int
    new_freight_fen: int
    changed: bool

    @property
    def dearer_fen(self) -> int:
        """What the shop pays more for sending it; not below zero."""
        return max(0, self.new_freight_fen - self.freight_fen)


def change_address(
    order_no: str,
    *,
    receiver: str,
    phone: str,
    region_code: str,
    detail: str,
    reason: str,
    accept_dearer_freight: bool = False,
    dry_run: bool = False,
) -> Readdressing:
    """Send an order to another address, for staff; a dry run only says what it means.

    Dearer freight must be accepted (a dry run accepts it). Raises OrderNotFound, AddressFixed,
    AddressNotNeeded, UnknownRegion, NotOrderable (`undeliverable`), FreightDearer.
    """
    with transaction() as session:
        order = lock_order(session, order_no)
        names = names_of(session, region_code)
        return _change(
            session,
            order,
            AddressSnapshot(receiver, phone, region_code, names, detail),
            why={"reason": reason},
            accept_dearer=accept_dearer_freight or dry_run,
            dry_run=dry_run,
            by_staff=True,
        )


def change_own_address(
    user_id: int, order_no: str, address_id: int, *, dry_run: bool = False
) -> Readdressing:
    """Send a shopper's order to another of their addresses; never where freight is dearer.

    Raises NotFound for the address, and what `change_address` does.
    """
    with transaction() as session:
        order = lock_own_order(session, user_id, order_no)
        address = address_snapshot(session, user_id, address_id)
        return _change(
            session,
            order,
            address,
            why={"by": "shopper"},
            accept_dearer=dry_run,
            dry_run=dry_run,
            by_staff=False,
        )


def _change(
    session: Session,
    order: LockedOrder,
    address: AddressSnapshot,
    *,
    why: dict[str, str],
    accept_dearer: bool,
    dry_run: bool,
    by_staff: bool,
) -> Readdressing:
    _refuse_if_fixed(session, order)
    old = address_of(session, order.id)
    before_fen = after_fen = freight_at_placing(session, order.id)
    if address.region_code != old.region_code:
        after_fen = freight_to(session, order, address.region_code)
    found = Readdressing(
        order.order_no,
        address.region_names,
        before_fen,
        after_fen,
        changed=not dry_run and address != old,
    )
    if found.dearer_fen and not accept_dearer:
        raise FreightDearer(found.dearer_fen)
    if found.changed:
        replace_address(session, order, address)
        _record(session, order, old, address, {**why, "dearer_fen": found.dearer_fen})
        publish(
            session,
            OrderReaddressed(order.order_no, order.user_id, uuid.uuid4().hex, by_staff=by_staff),
        )
    return found


def _refuse_if_fixed(session: Session, order: LockedOrder) -> None:
    if order.status not in READDRESSABLE:
        raise AddressFixed
    collected = exists().where(Pickup.order_id == order.id)
    if not kind_named(order.kind).needs_address or session.scalar(select(collected)):
        raise AddressNotNeeded
    told = exists().where(ShippingReport.order_id == order.id)
    sent = exists().where(Shipment.order_id == order.id)
    if session.scalar(select(or_(told, sent))):
        raise AddressFixed


def _record(
    session: Session,
    order: LockedOrder,
    old: AddressSnapshot,
    new: AddressSnapshot,
    why: dict[str, Any],
) -> None:
    """Put it on record: the region in clear, what is personal masked."""
    record(
        session,
        action="order.readdress",
        target_type="order",
        target_id=order.order_no,
        before=_on_record(old),
        after={**_on_record(new), **why},
    )


def _on_record(address: AddressSnapshot) -> dict[str, str]:
    return {
        "receiver": address.receiver,
        "receiver_phone": address.phone,
        "region_names": address.region_names,
        "detail_address": address.detail,
    }
