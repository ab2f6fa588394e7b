"""Payouts of the shopper."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, id_in, page
from mall.payouts import queries
from mall.payouts.asking import ask_for
from mall.payouts.models import Payout
from mall.payouts.schemas import AskInput, OwnPayoutSchema, PayoutPageSchema, PayoutQuery

blp = Blueprint("payouts", __name__, url_prefix="/api/v1", description="现金收款")


@blp.route("/payouts", methods=["GET"])
@access.shopper
@blp.arguments(PayoutQuery, location="query")
@blp.response(200, PayoutPageSchema)
def list_payouts(query: dict[str, Any]) -> Page[Payout]:
    """What the shop owes me or has paid, newest first."""
    found = queries.payouts(
        db.session(),
        user_id=current_shopper().user_id,
        status=query.get("status"),
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda one: [one.id])


@blp.route("/payouts/<payout_no>", methods=["GET"])
@access.shopper
@blp.response(200, OwnPayoutSchema)
@blp.fails("payout_not_found")
def read_payout(payout_no: str) -> dict[str, Any]:
    """One payout; while WeChat waits for me, with what opens its page."""
    return queries.own_payout(db.session(), current_shopper().user_id, payout_no)


@blp.route("/payouts/<payout_no>/transfer", methods=["PUT"])
@access.shopper
@blp.arguments(AskInput)
@blp.response(200, OwnPayoutSchema)
@blp.fails("payout_not_found", "account_closed", "promoter_blocked", "payout_not_ready")
@blp.fails("payout_by_hand_pending", "payouts_closed", "payout_amount", "payout_day_limit")
@blp.fails("payout_merchant_limit", "payout_merchant_month_limit", "withdrawal_debt")
@blp.fails("payout_name_needed", "payout_name_not_taken")
def ask(body: dict[str, Any], payout_no: str) -> dict[str, Any]:
    """Let WeChat transfer it to me. Again while it is under way changes nothing. A debt is
    paid by it first: with nothing left it is `void`."""
    user_id = current_shopper().user_id
    ask_for(user_id, payout_no, body.get("real_name"))
    return queries.own_payout(db.session(), user_id, payout_no)
