"""Refunds, and what was paid for an order, as staff see them."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.approvals.answers import approval_answer
from mall.approvals.schemas import ApprovalAskedSchema
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page
from mall.orders.participants import REFUNDING
from mall.payments.refunds import queries
from mall.payments.refunds.approving import RefundAsked, refund_or_ask
from mall.payments.refunds.cancelling import cancel_refund
from mall.payments.refunds.requesting import RequestedLine, preview_refund
from mall.payments.refunds.retrying import retry_refund
from mall.payments.refunds.schemas import (
    OrderPaymentsSchema,
    RefundedSchema,
    RefundPageSchema,
    RefundPreviewSchema,
    RefundQuery,
    RefundRequestSchema,
    RefundSchema,
)

blp = Blueprint(
    "refunds_admin", __name__, url_prefix="/admin/api/v1", description="Payments and refunds"
)


@blp.route("/orders/<string:order_no>/payments", methods=["GET"])
@access.staff("payment:read")
@blp.response(200, OrderPaymentsSchema)
@blp.fails("order_not_found")
def payments_of_order(order_no: str) -> dict[str, Any]:
    """Every attempt to pay an order and every refund of it."""
    with transaction() as session:
        return queries.payments_of(session, order_no)


@blp.route("/orders/<string:order_no>/refund-previews", methods=["POST"])
@access.staff("refund:write")
@blp.arguments(RefundedSchema)
@blp.response(200, RefundPreviewSchema)
@blp.fails("order_not_found", "refund_not_possible", "order_state")
def preview(body: dict[str, Any], order_no: str) -> dict[str, Any]:
    """What a refund would give back, in money and beside it. Nothing is kept."""
    lines = [RequestedLine(**line) for line in body["lines"]]
    return preview_refund(order_no, lines, body["freight_fen"])


@blp.route("/orders/<string:order_no>/refunds", methods=["POST"])
@access.staff("refund:write")
@idempotent
@blp.arguments(RefundRequestSchema)
@blp.response(201, RefundSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema, description="waits for an approval")
@blp.fails("order_not_found", "refund_not_possible", "order_state", "order_not_refundable")
@blp.fails("approval_pending", hooks=(REFUNDING,))
def refund_order(body: dict[str, Any], order_no: str) -> dict[str, Any] | Response:
    """Refund units, amounts and freight of a paid order, in part or in full.

    Above the shop's limit (`payments.refund_approval_above_fen`) another staff member approves
    first: the answer is 202 with the approval's id.
    """
    lines = [RequestedLine(**line) for line in body["lines"]]
    with transaction() as session:
        made = refund_or_ask(order_no, lines, body["freight_fen"], body["reason"])
        if isinstance(made, RefundAsked):
            return approval_answer(made.approval_id)
        return queries.refund_by_no(session, made)


@blp.route("/refunds", methods=["GET"])
@access.staff("refund:read")
@blp.arguments(RefundQuery, location="query")
@blp.response(200, RefundPageSchema)
def list_refunds(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """Refunds, newest first; `stuck=true` for those that wait for staff."""
    with transaction() as session:
        return queries.refunds(
            session,
            stuck=query.get("stuck"),
            status=query.get("status"),
            order_no=query.get("order_no"),
            cursor=query.get("cursor"),
            limit=query["limit"],
        )


@blp.route("/refunds/<string:refund_no>", methods=["GET"])
@access.staff("refund:read")
@blp.response(200, RefundSchema)
@blp.fails("refund_not_found")
def show_refund(refund_no: str) -> dict[str, Any]:
    """One refund."""
    with transaction() as session:
        return queries.refund_by_no(session, refund_no)


@blp.route("/refunds/<string:refund_no>/retry", methods=["POST"])
@access.staff("refund:write")
@blp.response(200, RefundSchema)
@blp.fails("refund_not_found", "refund_not_retryable", "refund_funds_fixed")
def retry(refund_no: str) -> dict[str, Any]:
    """Try a stuck refund again now; what WeChat closed is asked for under a new number."""
    with transaction() as session:
        retry_refund(refund_no)
        return queries.refund_by_no(session, refund_no)


@blp.route("/refunds/<string:refund_no>/retry-from-available", methods=["POST"])
@access.staff("refund:write")
@blp.response(200, RefundSchema)
@blp.fails("refund_not_found", "refund_not_retryable", "refund_funds_fixed")
def retry_from_available(refund_no: str) -> dict[str, Any]:
    """Try a refund again out of the settled balance, when the unsettled money is short."""
    with transaction() as session:
        retry_refund(refund_no, available=True)
        return queries.refund_by_no(session, refund_no)


@blp.route("/refunds/<string:refund_no>/cancellation", methods=["POST"])
@access.staff("refund:write")
@blp.response(200, RefundSchema)
@blp.fails("refund_not_found", "refund_not_cancellable", "payment_unavailable")
@blp.fails("refund_not_possible")
def cancel(refund_no: str) -> dict[str, Any]:
    """Give up a refund that WeChat has closed or refused; its amount is free again.

    WeChat is asked first: a refund that it knows of all the same isn't given up.
    """
    cancel_refund(refund_no)
    with transaction() as session:
        return queries.refund_by_no(session, refund_no)
