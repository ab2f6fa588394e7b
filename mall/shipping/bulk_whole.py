"""Orders that go whole in one parcel: most rows of a sheet, sent in a few statements a batch."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from mall.orders.locking import LockedOrder, lock_paid
from mall.orders.sending_many import Sent, send_all_left
from mall.shipping import shipping_report
from mall.shipping.commands import Label
from mall.shipping.models import Shipment, ShipmentLine
from mall.shipping.shipping_report import ParcelsLeft
from mall.staff.audit import record_each


def send_whole(session: Session, labels: Mapping[str, Label]) -> set[str]:
    """Send all that is left of these orders, each by its label; which were sent.

    Left out, and unchanged, is every order that isn't paid, has a parcel already, is held by
    somebody, or that `send_parcel` would refuse. What was sent has one row of the trail each.
    """
    orders = {order.id: order for order in lock_paid(session, labels)}
    for order_id in session.scalars(
        select(Shipment.order_id).where(Shipment.order_id.in_(orders)).distinct()
    ):
        del orders[order_id]
    sent = send_all_left(session, list(orders.values()))
    if not sent:
        return set()
    parcels = [
        (orders[order_id], labels[orders[order_id].order_no], what)
        for order_id, what in sorted(sent.items())
    ]
    _insert(session, parcels)
    record_each(
        session,
        action="order.ship",
        target_type="order",
        after={order.order_no: _on_record(label, what) for order, label, what in parcels},
    )
    return {order.order_no for order, _, _ in parcels}


def _insert(session: Session, parcels: list[tuple[LockedOrder, Label, Sent]]) -> None:
    versions = shipping_report.enqueue_many(
        session,
        {
            order.id: ParcelsLeft(split=not what.complete, complete=what.complete)
            for order, _, what in parcels
        },
    )
    made = session.execute(
        insert(Shipment).returning(Shipment.order_id, Shipment.id),
        [
            {
                "order_id": order.id,
                "number": 1,
                "carrier_code": label.carrier_code,
                "carrier_name": label.carrier_name,
                "tracking_no": label.tracking_no,
                "version": versions[order.id],
            }
            for order, label, _ in parcels
        ],
    )
    ids = {row.order_id: row.id for row in made}
    session.execute(
        insert(ShipmentLine),
        [
            {"shipment_id": ids[order.id], "line_id": line_id, "quantity": units}
            for order, _, what in parcels
            for line_id, units in what.units.items()
        ],
    )


def _on_record(label: Label, what: Sent) -> dict[str, object]:
    return {
        "number": 1,
        "carrier_code": label.carrier_code,
        "tracking_no": label.tracking_no,
        "lines": {str(line_id): units for line_id, units in what.units.items()},
    }
