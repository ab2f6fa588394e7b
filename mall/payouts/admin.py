"""Payouts for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.approvals.answers import approval_answer
from mall.approvals.schemas import ApprovalAskedSchema
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.payouts import cancelling, queries
from mall.payouts.models import Payout
from mall.payouts.paying_by_hand import ask_to_pay_by_hand
from mall.payouts.schemas import (
    ByHandInput,
    CancelledSchema,
    FullPayoutSchema,
    ReasonInput,
    StaffPayoutPageSchema,
    StaffPayoutQuery,
)

blp = Blueprint("payouts_admin", __name__, url_prefix="/admin/api/v1", description="现金发放")
_ONE = "/payouts/<payout_no>"


@blp.route("/payouts", methods=["GET"])
@access.staff("payout:read")
@blp.arguments(StaffPayoutQuery, location="query")
@blp.response(200, StaffPayoutPageSchema)
def list_payouts(query: dict[str, Any]) -> Page[Payout]:
    """Payouts, newest first."""
    found = queries.payouts(
        db.session(),
        user_id=query.get("user_id"),
        status=query.get("status"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda one: [one.id])


@blp.route(_ONE, methods=["GET"])
@access.staff("payout:read")
@blp.response(200, FullPayoutSchema)
@blp.fails("payout_not_found")
def read_payout(payout_no: str) -> dict[str, Any]:
    """One payout with its transfers."""
    return queries.full_payout(db.session(), payout_no)


@blp.route(f"{_ONE}/retry", methods=["POST"])
@access.staff("payout:write")
@blp.response(200, FullPayoutSchema)
@blp.fails("payout_not_found", "transfer_not_cancellable")
def retry(payout_no: str) -> dict[str, Any]:
    """Ask WeChat about the transfer under way now."""
    cancelling.retry(payout_no)
    return queries.full_payout(db.session(), payout_no)


@blp.route(f"{_ONE}/transfer-cancellation", methods=["POST"])
@access.staff("payout:write")
@blp.arguments(ReasonInput)
@blp.response(200, CancelledSchema)
@blp.fails("payout_not_found", "transfer_not_cancellable")
def cancel_transfer(body: dict[str, Any], payout_no: str) -> dict[str, Any]:
    """Take back a transfer that the shopper hasn't confirmed, or that WeChat never took on.

    What becomes of the payout then is for its kind: a reward is ready again, commission void.
    """
    return {"cancelling": cancelling.cancel_transfer(payout_no, body["reason"])}


@blp.route(f"{_ONE}/manual-payment", methods=["POST"])
@access.staff("payout:write")
@idempotent
@blp.arguments(ByHandInput)
@blp.response(202, ApprovalAskedSchema)
@blp.fails("payout_not_found", "promoter_blocked", "payout_not_ready", "approval_pending")
@blp.fails("withdrawal_debt")
def pay_by_hand(body: dict[str, Any], payout_no: str) -> Response:
    """Enter that it was paid by bank or cash; another staff member confirms."""
    return approval_answer(ask_to_pay_by_hand(payout_no, body["receipt"], body["reason"]))
