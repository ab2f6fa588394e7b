"""订单: found, read, noted, sent."""

from __future__ import annotations

from flask import request

from mall.console.forms import read_filter, read_form
from mall.console.names import PREFIX
from mall.console.pages import page_blueprint
from mall.console.rendering import render
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import id_in, page
from mall.orders import queries, staff_actions
from mall.orders.admin_schemas import NoteSchema, StaffOrderQuery
from mall.orders.queries import OrderFilter
from mall.orders.states import LABELS
from mall.shipping import commands
from mall.shipping.queries import carriers, shipments_of_order
from mall.shipping.schemas import ShipmentInput

blp = page_blueprint("console_orders", __name__, f"{PREFIX}/orders")
NARROWING = ("status", "to_ship", "held")
TABS: tuple[tuple[str, dict[str, str]], ...] = (
    ("全部", {}),
    ("待付款", {"status": "unpaid"}),
    ("待发货", {"to_ship": "true"}),
    ("暂不发货", {"held": "true"}),
    ("已发货", {"status": "shipped"}),
    ("已完成", {"status": "completed"}),
    ("已关闭", {"status": "closed"}),
)


@blp.get("")
@access.console("order:read")
def list_orders() -> str:
    """Orders that fit the filter, newest first, without anybody's address."""
    query = read_filter(StaffOrderQuery())
    before, limit = id_in(query.pop("cursor", None)), query.pop("limit")
    with transaction() as session:
        found = queries.orders(session, OrderFilter(**query), before=before, limit=limit)
    shown = page(found, limit, lambda row: [row.order.id])
    given = request.args.to_dict()
    tab = {name: given[name] for name in NARROWING if given.get(name)}
    return render("orders.html", page=shown, tabs=TABS, tab=tab, given=given, labels=LABELS)


@blp.get("/<order_no>")
@access.console("order:read")
def read_order(order_no: str) -> str:
    """One order; the receiver is masked."""
    return _detail(order_no)


@blp.post("/<order_no>/address")
@access.console("order:read")
def open_address(order_no: str) -> str:
    """The receiver in full; that it was opened is put on record."""
    return render("order_address.html", address=staff_actions.open_order(order_no).address)


@blp.post("/<order_no>/note")
@access.console("order:write")
def note_order(order_no: str) -> str:
    """Keep a note for other staff with the order."""
    staff_actions.note(order_no, read_form(NoteSchema())["note"])
    return _detail(order_no, done="备注已保存")


@blp.get("/<order_no>/ship")
@access.console("order:ship")
def ask_to_ship(order_no: str) -> str:
    """The dialog: who carries the parcel, and what is in it."""
    with transaction() as session:
        found = queries.detail(session, order_no)
        named = carriers(session)
    return render("order_ship.html", found=found, carriers=named)


@blp.post("/<order_no>/ship")
@access.console("order:ship")
def ship(order_no: str) -> str:
    """Record a parcel. WeChat is told by a job."""
    return _detail(order_no, done=_ship(order_no).get_data(as_text=True))


@idempotent
def _ship(order_no: str) -> str:
    """What is kept under the key is one sentence: the page around it is made anew each time, of
    what is there now, for the session that asks."""
    body = read_form(ShipmentInput())
    units = {line["line_id"]: line["quantity"] for line in body["lines"] or ()}
    commands.ship(order_no, body["carrier_code"], body["tracking_no"], units or None)
    return f"已发货，运单号 {body['tracking_no']}"


def _detail(order_no: str, done: str = "") -> str:
    with transaction() as session:
        found = queries.detail(session, order_no)
        parcels = shipments_of_order(session, order_no)
    return render("order.html", found=found, parcels=parcels, labels=LABELS, done=done)
