"""Orders for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.catalog.costs import may_see_costs
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, sheet_response
from mall.kernel.http.paging import Page, id_in, page
from mall.orders import finding, queries, staff_actions
from mall.orders.admin_schemas import (
    NoteSchema,
    OrderExportQuery,
    OrderLookupSchema,
    StaffOrderPageSchema,
    StaffOrderQuery,
    StaffOrderSchema,
)
from mall.orders.export import COSTS_HEADER, HEADER
from mall.orders.queries import OrderDetail, OrderFilter, OrderWithLines

blp = Blueprint("orders_admin", __name__, url_prefix="/admin/api/v1", description="订单管理")


@blp.route("/orders", methods=["GET"])
@access.staff("order:read")
@blp.arguments(StaffOrderQuery, location="query")
@blp.response(200, StaffOrderPageSchema)
def list_orders(query: dict[str, Any]) -> Page[OrderWithLines]:
    """Orders, newest first, without anybody's address."""
    before, limit = id_in(query.pop("cursor", None)), query.pop("limit")
    with transaction() as session:
        found = queries.orders(session, OrderFilter(**query), before=before, limit=limit)
    return page(found, limit, lambda row: [row.order.id])


@blp.route("/orders/lookups", methods=["POST"])
@access.staff("order:read")
@blp.arguments(OrderLookupSchema)
@blp.response(200, StaffOrderPageSchema)
def find_orders(body: dict[str, Any]) -> Page[OrderWithLines]:
    """The orders of a receiver or a phone, newest first; that they were looked for is put on
    record. A POST, since addresses are kept in logs and histories."""
    before, limit = id_in(body.get("cursor")), body["limit"]
    found = finding.find_orders(body.get("receiver"), body.get("phone"), before=before, limit=limit)
    return page(found, limit, lambda row: [row.order.id])


@blp.route("/orders/export", methods=["GET"])
@access.staff("order:export")
@blp.arguments(OrderExportQuery, location="query")
@blp.doc(**SHEETS)
def export_orders(query: dict[str, Any]) -> Response:
    """The orders as a sheet with addresses, one row a line; it is put on record. Who holds
    `catalog:cost` has the cost price of each line too."""
    kind, costs = query.pop("format"), may_see_costs()
    rows = staff_actions.export(OrderFilter(**query), costs=costs)
    return sheet_response(kind, "orders", COSTS_HEADER if costs else HEADER, rows)


@blp.route("/orders/<order_no>", methods=["GET"])
@access.staff("order:read")
@blp.response(200, StaffOrderSchema)
@blp.fails("order_not_found")
def read_order(order_no: str) -> OrderDetail:
    """One order with the receiver's address; that it was opened is put on record."""
    return staff_actions.open_order(order_no)


@blp.route("/orders/<order_no>/note", methods=["PUT"])
@access.staff("order:write")
@blp.arguments(NoteSchema)
@blp.response(204)
@blp.fails("order_not_found")
def note_order(body: dict[str, Any], order_no: str) -> None:
    """Keep a note for other staff with the order."""
    staff_actions.note(order_no, body["note"])
