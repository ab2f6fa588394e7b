"""Withdrawals of the promoter."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.referral.withdrawals import queries
from mall.referral.withdrawals.cancelling import cancel
from mall.referral.withdrawals.requesting import withdraw
from mall.referral.withdrawals.schemas import (
    TermsSchema,
    WithdrawalPageSchema,
    WithdrawalQuery,
    WithdrawalSchema,
    WithdrawInput,
)

blp = Blueprint("withdrawals", __name__, url_prefix="/api/v1", description="佣金提现")


@blp.route("/withdrawals/terms", methods=["GET"])
@access.shopper
@blp.response(200, TermsSchema)
def read_terms() -> dict[str, Any]:
    """What I may withdraw now, and what hinders me."""
    return queries.terms(db.session(), current_shopper().user_id)


@blp.route("/withdrawals", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(WithdrawInput)
@blp.response(201, WithdrawalSchema)
@blp.fails("account_closed", "not_a_promoter", "promoter_blocked", "withdrawal_amount")
@blp.fails("withdrawal_day_limit", "withdrawal_debt", "commission_short")
def ask(body: dict[str, Any]) -> RowMapping:
    """Withdraw so much of my available commission; it is held at once."""
    user_id = current_shopper().user_id
    number = withdraw(user_id, body["amount_fen"])
    return queries.withdrawal(db.session(), number, user_id)


@blp.route("/withdrawals", methods=["GET"])
@access.shopper
@blp.arguments(WithdrawalQuery, location="query")
@blp.response(200, WithdrawalPageSchema)
def list_withdrawals(query: dict[str, Any]) -> Page[RowMapping]:
    """My withdrawals, newest first."""
    found = queries.withdrawals(
        db.session(),
        user_id=current_shopper().user_id,
        status=query.get("status"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda one: [one["id"]])


@blp.route("/withdrawals/<number>", methods=["GET"])
@access.shopper
@blp.response(200, WithdrawalSchema)
@blp.fails("withdrawal_not_found")
def read_withdrawal(number: str) -> RowMapping:
    """One of my withdrawals."""
    return queries.withdrawal(db.session(), number, current_shopper().user_id)


@blp.route("/withdrawals/<number>/cancellation", methods=["POST"])
@access.shopper
@blp.response(200, WithdrawalSchema)
@blp.fails("withdrawal_not_found", "withdrawal_under_way", "payout_by_hand_pending")
@blp.fails("withdrawal_decided")
def cancel_withdrawal(number: str) -> RowMapping:
    """Take it back while WeChat doesn't have it; again changes nothing."""
    user_id = current_shopper().user_id
    cancel(user_id, number)
    return queries.withdrawal(db.session(), number, user_id)
