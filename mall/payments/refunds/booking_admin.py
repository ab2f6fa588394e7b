"""Booking refunds that WeChat told of, as staff do."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.payments.refunds import queries
from mall.payments.refunds.booking import Booking, book_refund
from mall.payments.refunds.requesting import RequestedLine
from mall.payments.refunds.schemas import BookingSchema, RefundSchema

blp = Blueprint(
    "refund_booking_admin",
    __name__,
    url_prefix="/admin/api/v1",
    description="Refunds that were made in WeChat's console",
)


@blp.route("/payment-discrepancies/<id:discrepancy_id>/refund", methods=["POST"])
@access.staff("refund:write")
@blp.arguments(BookingSchema)
@blp.response(201, RefundSchema)
@blp.fails("discrepancy_not_found", "discrepancy_already_resolved", "refund_not_bookable")
@blp.fails("booked_amount_differs", "refund_not_possible", "order_state", "payment_unavailable")
def book(body: dict[str, Any], discrepancy_id: int) -> dict[str, Any]:
    """Put a refund that WeChat made into the books of its order, which may then be sent again.

    `lines` and `freight_fen` say what it gave back; they must add up to WeChat's amount.
    """
    lines = [RequestedLine(**line) for line in body["lines"]]
    booking = Booking(lines, body["freight_fen"], body["reason"])
    refund_no = book_refund(discrepancy_id, booking, access.current_staff().staff_id)
    with transaction() as session:
        return queries.refund_by_no(session, refund_no)
