"""After-sales of the shopper, and the thread of an order that went wrong."""

from __future__ import annotations

from typing import Any

from mall.aftersales import applying, notes, queries
from mall.aftersales.queries import AfterSaleFilter
from mall.aftersales.schemas import (
    AfterSaleIn,
    AfterSalePageSchema,
    AfterSalePreviewSchema,
    AfterSaleQuery,
    AfterSaleSchema,
    AskedIn,
    DisputeNoteIn,
    DisputeNotePageSchema,
    DisputeNoteSchema,
    OptionsSchema,
    ReturnShipmentIn,
)
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery
from mall.orders.participants import REFUNDING
from mall.uploads.commands import Owner

blp = Blueprint("aftersales", __name__, url_prefix="/api/v1", description="售后")
NOT_NOW = (
    *("order_state", "after_sale_too_late", "after_sale_quantity", "not_sent_yet"),
    *("nothing_to_send_back", "not_returnable", "nothing_to_refund"),
)


@blp.route("/orders/<string:order_no>/after-sale-options", methods=["GET"])
@access.shopper
@blp.response(200, OptionsSchema)
@blp.fails("order_not_found")
def options(order_no: str) -> dict[str, Any]:
    """What of an order may still be asked back, for how much, and the reasons to choose from."""
    with transaction() as session:
        return queries.options(session, order_no, current_shopper().user_id)


@blp.route("/orders/<string:order_no>/after-sale-previews", methods=["POST"])
@access.shopper
@blp.arguments(AskedIn)
@blp.response(200, AfterSalePreviewSchema)
@blp.fails("order_not_found", *NOT_NOW, hooks=(REFUNDING,))
def preview(body: dict[str, Any], order_no: str) -> dict[str, Any]:
    """What would go back for these units, in money and beside it. Nothing is kept."""
    return applying.preview(current_shopper().user_id, order_no, **body)


@blp.route("/orders/<string:order_no>/after-sales", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(AfterSaleIn)
@blp.response(201, AfterSaleSchema)
@blp.fails("order_not_found", "upload_not_found", *NOT_NOW, "account_closed", "upload_gone")
@blp.fails(hooks=(REFUNDING,))
def apply(body: dict[str, Any], order_no: str) -> dict[str, Any]:
    """Ask money back for units of a paid order, with or without sending them back."""
    user_id = current_shopper().user_id
    with transaction() as session:
        number = applying.apply(user_id, order_no, **body)
        return queries.detail(session, number, user_id)


@blp.route("/after-sales", methods=["GET"])
@access.shopper
@blp.arguments(AfterSaleQuery, location="query")
@blp.response(200, AfterSalePageSchema)
def list_after_sales(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """The shopper's after-sales, newest first."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    wanted = AfterSaleFilter(user_id=current_shopper().user_id, **query)
    with transaction() as session:
        return queries.after_sales(session, wanted, cursor, limit)


@blp.route("/after-sales/<string:after_sale_no>", methods=["GET"])
@access.shopper
@blp.response(200, AfterSaleSchema)
@blp.fails("after_sale_not_found")
def read_after_sale(after_sale_no: str) -> dict[str, Any]:
    """One of the shopper's after-sales, with its steps."""
    with transaction() as session:
        return queries.detail(session, after_sale_no, current_shopper().user_id)


@blp.route("/after-sales/<string:after_sale_no>/cancellation", methods=["POST"])
@access.shopper
@blp.response(200, AfterSaleSchema)
@blp.fails("after_sale_not_found", "after_sale_state")
def cancel(after_sale_no: str) -> dict[str, Any]:
    """Call it off, until the goods are on their way back. Again changes nothing."""
    user_id = current_shopper().user_id
    with transaction() as session:
        applying.cancel(user_id, after_sale_no)
        return queries.detail(session, after_sale_no, user_id)


@blp.route("/after-sales/<string:after_sale_no>/acceptance", methods=["POST"])
@access.shopper
@idempotent
@blp.response(200, AfterSaleSchema)
@blp.fails("after_sale_not_found", "after_sale_state", "refund_not_possible")
@blp.fails("order_not_refundable", "order_state", hooks=(REFUNDING,))
def accept(after_sale_no: str) -> dict[str, Any]:
    """Take the amount that staff offered."""
    user_id = current_shopper().user_id
    with transaction() as session:
        applying.take_offer(user_id, after_sale_no)
        return queries.detail(session, after_sale_no, user_id)


@blp.route("/after-sales/<string:after_sale_no>/return-shipment", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(ReturnShipmentIn)
@blp.response(200, AfterSaleSchema)
@blp.fails("after_sale_not_found", "after_sale_state", "unknown_carrier")
def send_back(body: dict[str, Any], after_sale_no: str) -> dict[str, Any]:
    """Tell under which number the goods are on their way back."""
    user_id = current_shopper().user_id
    with transaction() as session:
        applying.send_back(user_id, after_sale_no, **body)
        return queries.detail(session, after_sale_no, user_id)


@blp.route("/orders/<string:order_no>/dispute-notes", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, DisputeNotePageSchema)
@blp.fails("order_not_found")
def list_notes(query: dict[str, Any], order_no: str) -> Page[dict[str, Any]]:
    """What was said about an order that went wrong, newest first."""
    user_id = current_shopper().user_id
    with transaction() as session:
        return notes.notes_of(session, order_no, user_id, query.get("cursor"), query["limit"])


@blp.route("/orders/<string:order_no>/dispute-notes", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(DisputeNoteIn)
@blp.response(201, DisputeNoteSchema)
@blp.fails("order_not_found", "upload_not_found", "upload_gone")
def write_note(body: dict[str, Any], order_no: str) -> dict[str, Any]:
    """Say something to the staff about an order."""
    by = Owner(user_id=current_shopper().user_id)
    return notes.write_note(order_no, by, body["text"], body["pictures"])
