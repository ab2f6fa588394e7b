"""After-sales for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.aftersales import addresses, deciding, notes, queries
from mall.aftersales.approving import APPROVE, OFFER, RECEIVE, decide_or_ask
from mall.aftersales.queries import AfterSaleFilter
from mall.aftersales.schemas import (
    ApprovalIn,
    CommentIn,
    DisputeNoteIn,
    DisputeNotePageSchema,
    DisputeNoteSchema,
    OfferIn,
    ReceiptIn,
    ReturnAddressSchema,
    ShownAddressSchema,
    StaffAfterSalePageSchema,
    StaffAfterSaleQuery,
    StaffAfterSaleSchema,
)
from mall.approvals.answers import approval_answer
from mall.approvals.schemas import ApprovalAskedSchema
from mall.kernel.db import transaction
from mall.kernel.errors import NotFound
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery
from mall.orders.participants import REFUNDING
from mall.uploads.commands import Owner

blp = Blueprint("aftersales_admin", __name__, url_prefix="/admin/api/v1", description="售后管理")
REFUSALS = ("after_sale_state", "return_address_missing", "refund_not_possible", "approval_pending")
WAITS = "waits for an approval: more money than one staff member may give back"


@blp.route("/after-sales", methods=["GET"])
@access.staff("aftersale:read")
@blp.arguments(StaffAfterSaleQuery, location="query")
@blp.response(200, StaffAfterSalePageSchema)
def list_after_sales(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """After-sales, newest first; `open=true` for those in which somebody is to act."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    with transaction() as session:
        return queries.after_sales(session, AfterSaleFilter(**query), cursor, limit)


@blp.route("/after-sales/<string:after_sale_no>", methods=["GET"])
@access.staff("aftersale:read")
@blp.response(200, StaffAfterSaleSchema)
@blp.fails("after_sale_not_found")
def read_after_sale(after_sale_no: str) -> dict[str, Any]:
    """One after-sale with its steps."""
    return _shown(after_sale_no)


@blp.route("/after-sales/<string:after_sale_no>/approval", methods=["POST"])
@access.staff("aftersale:write")
@idempotent
@blp.arguments(ApprovalIn)
@blp.response(200, StaffAfterSaleSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema, description=WAITS)
@blp.fails("after_sale_not_found", *REFUSALS, hooks=(REFUNDING,))
def approve(body: dict[str, Any], after_sale_no: str) -> dict[str, Any] | Response:
    """Agree: the money goes back now, or the goods may come back first."""
    return _decided(after_sale_no, APPROVE, comment=body["comment"], address=body["return_address"])


@blp.route("/after-sales/<string:after_sale_no>/offer", methods=["POST"])
@access.staff("aftersale:write")
@idempotent
@blp.arguments(OfferIn)
@blp.response(200, StaffAfterSaleSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema, description=WAITS)
@blp.fails("after_sale_not_found", *REFUSALS, "offer_too_high", hooks=(REFUNDING,))
def offer(body: dict[str, Any], after_sale_no: str) -> dict[str, Any] | Response:
    """Offer another amount; the shopper takes it or leaves it."""
    return _decided(
        after_sale_no,
        OFFER,
        amount_fen=body["amount_fen"],
        comment=body["comment"],
        address=body["return_address"],
    )


@blp.route("/after-sales/<string:after_sale_no>/refusal", methods=["POST"])
@access.staff("aftersale:write")
@idempotent
@blp.arguments(CommentIn)
@blp.response(200, StaffAfterSaleSchema)
@blp.fails("after_sale_not_found", "after_sale_state")
def refuse(body: dict[str, Any], after_sale_no: str) -> dict[str, Any]:
    """Refuse, with a comment for the shopper."""
    deciding.refuse(after_sale_no, body["comment"])
    return _shown(after_sale_no)


@blp.route("/after-sales/<string:after_sale_no>/receipt", methods=["POST"])
@access.staff("aftersale:write")
@idempotent
@blp.arguments(ReceiptIn)
@blp.response(200, StaffAfterSaleSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema, description=WAITS)
@blp.fails("after_sale_not_found", *REFUSALS, "units_not_returnable", hooks=(REFUNDING,))
def receive(body: dict[str, Any], after_sale_no: str) -> dict[str, Any] | Response:
    """The goods are back: the money goes, the units are on sale again or scrapped."""
    return _decided(after_sale_no, RECEIVE, comment=body["comment"], resellable=body["resellable"])


def _decided(after_sale_no: str, step: str, **arguments: Any) -> dict[str, Any] | Response:
    asked = decide_or_ask(after_sale_no, step, **arguments)
    return approval_answer(asked.approval_id) if asked else _shown(after_sale_no)


@blp.route("/return-address", methods=["GET"])
@access.staff("aftersale:read")
@blp.response(200, ShownAddressSchema)
@blp.fails("not_found")
def read_return_address() -> dict[str, Any]:
    """Where goods go back to by default."""
    with transaction() as session:
        address = addresses.default_address(session)
    if address is None:
        raise NotFound
    return address


@blp.route("/return-address", methods=["PUT"])
@access.staff("aftersale:write")
@blp.arguments(ReturnAddressSchema)
@blp.response(204)
def set_return_address(body: dict[str, Any]) -> None:
    """Let goods come back to this place from now on."""
    addresses.set_default_address(body)


@blp.route("/orders/<string:order_no>/dispute-notes", methods=["GET"])
@access.staff("aftersale:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, DisputeNotePageSchema)
@blp.fails("order_not_found")
def list_notes(query: dict[str, Any], order_no: str) -> Page[dict[str, Any]]:
    """What was said about an order that went wrong, newest first."""
    with transaction() as session:
        return notes.notes_of(session, order_no, None, query.get("cursor"), query["limit"])


@blp.route("/orders/<string:order_no>/dispute-notes", methods=["POST"])
@access.staff("aftersale:write")
@idempotent
@blp.arguments(DisputeNoteIn)
@blp.response(201, DisputeNoteSchema)
@blp.fails("order_not_found", "upload_not_found", "upload_gone")
def write_note(body: dict[str, Any], order_no: str) -> dict[str, Any]:
    """Answer the shopper."""
    by = Owner(staff_id=current_staff().staff_id)
    return notes.write_note(order_no, by, body["text"], body["pictures"])


def _shown(after_sale_no: str) -> dict[str, Any]:
    with transaction() as session:
        return queries.detail(session, after_sale_no)
