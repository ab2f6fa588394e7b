"""Withdrawals for staff: the queue, decisions, cancelling."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import RowMapping

from mall.approvals.answers import approval_answer
from mall.approvals.schemas import ApprovalAskedSchema
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.payouts.schemas import ReasonInput
from mall.referral.withdrawals import queries
from mall.referral.withdrawals.cancelling import cancel_by_staff
from mall.referral.withdrawals.deciding import WithdrawalAsked, decide
from mall.referral.withdrawals.models import WAITING
from mall.referral.withdrawals.schemas import (
    StaffWithdrawalPageSchema,
    StaffWithdrawalQuery,
    StaffWithdrawalSchema,
    WithdrawalDecisionInput,
)

blp = Blueprint(
    "withdrawals_admin", __name__, url_prefix="/admin/api/v1", description="佣金提现审核"
)
_ONE = "/withdrawals/<number>"


@blp.route("/withdrawals", methods=["GET"])
@access.staff("withdrawal:read")
@blp.arguments(StaffWithdrawalQuery, location="query")
@blp.response(200, StaffWithdrawalPageSchema)
def list_withdrawals(query: dict[str, Any]) -> Page[RowMapping]:
    """Withdrawals, newest first; those that wait for a decision in the order of asking."""
    status, cursor = query.get("status"), id_in(query.get("cursor"))
    queue = status == WAITING
    found = queries.withdrawals(
        db.session(),
        user_id=query.get("user_id"),
        status=status,
        before=None if queue else cursor,
        after=(cursor or 0) if queue else None,
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda one: [one["id"]])


@blp.route(_ONE, methods=["GET"])
@access.staff("withdrawal:read")
@blp.response(200, StaffWithdrawalSchema)
@blp.fails("withdrawal_not_found")
def read_withdrawal(number: str) -> RowMapping:
    """One withdrawal; its transfers are with its payout."""
    return queries.withdrawal(db.session(), number)


@blp.route(f"{_ONE}/decision", methods=["POST"])
@access.staff("withdrawal:write")
@idempotent
@blp.arguments(WithdrawalDecisionInput)
@blp.response(200, StaffWithdrawalSchema)
@blp.alt_response(202, schema=ApprovalAskedSchema)
@blp.fails("promoter_blocked", "withdrawal_not_found", "withdrawal_decided", "withdrawal_debt")
@blp.fails("approval_pending", "not_a_promoter")
def decide_withdrawal(body: dict[str, Any], number: str) -> RowMapping | Response:
    """Approve or refuse. Above the shop's limit another staff member approves too: 202."""
    asked = decide(current_staff(), number, approve=body["approve"], reason=body["reason"])
    if isinstance(asked, WithdrawalAsked):
        return approval_answer(asked.approval_id)
    return queries.withdrawal(db.session(), number)


@blp.route(f"{_ONE}/cancellation", methods=["POST"])
@access.staff("withdrawal:write")
@idempotent
@blp.arguments(ReasonInput)
@blp.response(200, StaffWithdrawalSchema)
@blp.fails("withdrawal_not_found", "withdrawal_under_way", "payout_by_hand_pending")
@blp.fails("withdrawal_decided")
def cancel_withdrawal(body: dict[str, Any], number: str) -> RowMapping:
    """Take it back. While WeChat has it, its payout's transfer is cancelled instead."""
    cancel_by_staff(number, body["reason"])
    return queries.withdrawal(db.session(), number)
