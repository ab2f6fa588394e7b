"""Commission for staff: accounts, lines, and making a line void."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.commission import line_queries, queries
from mall.referral.commission.line_queries import ShownLine
from mall.referral.commission.models import CommissionAccount, CommissionEntry
from mall.referral.commission.queries import Balance
from mall.referral.commission.schemas import (
    CommissionAccountPageSchema,
    CommissionAccountQuery,
    CommissionBalanceSchema,
    CommissionVoidInput,
    StaffCommissionEntryPageSchema,
    StaffCommissionLinePageSchema,
    StaffCommissionLineQuery,
    StaffCommissionLineSchema,
)
from mall.referral.commission.voiding import void_line

blp = Blueprint("commission_admin", __name__, url_prefix="/admin/api/v1", description="佣金管理")
_SHOPPER = "/shoppers/<id:user_id>"


@blp.route("/commission-accounts", methods=["GET"])
@access.staff("commission:read")
@blp.arguments(CommissionAccountQuery, location="query")
@blp.response(200, CommissionAccountPageSchema)
def list_accounts(query: dict[str, Any]) -> Page[CommissionAccount]:
    """Accounts by ascending shopper, all or those that owe."""
    found = queries.accounts_by_shopper(
        db.session(),
        in_debt=query["in_debt"],
        after=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row.user_id])


@blp.route(f"{_SHOPPER}/commission", methods=["GET"])
@access.staff("commission:read")
@blp.response(200, CommissionBalanceSchema)
@blp.fails("not_found")
def show_balance(user_id: int) -> Balance:
    """A shopper's commission."""
    queries.known_shopper(db.session(), user_id)
    return queries.balance_of(db.session(), user_id)


@blp.route(f"{_SHOPPER}/commission-entries", methods=["GET"])
@access.staff("commission:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffCommissionEntryPageSchema)
@blp.fails("not_found")
def list_entries(query: dict[str, Any], user_id: int) -> Page[CommissionEntry]:
    """What changed a shopper's commission, newest first."""
    queries.known_shopper(db.session(), user_id)
    before = id_in(query.get("cursor"))
    found = queries.entries(db.session(), user_id, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/commission-lines", methods=["GET"])
@access.staff("commission:read")
@blp.arguments(StaffCommissionLineQuery, location="query")
@blp.response(200, StaffCommissionLinePageSchema)
def list_lines(query: dict[str, Any]) -> Page[ShownLine]:
    """What orders pay to promoters, newest first."""
    found = line_queries.lines(
        db.session(),
        promoter_id=query["promoter_id"],
        order_no=query["order_no"],
        status=query["status"],
        before=id_in(query.get("cursor")),
        limit=query["limit"],
    )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/commission-lines/<id:line_id>/void", methods=["POST"])
@access.staff("commission:write")
@idempotent
@blp.arguments(CommissionVoidInput)
@blp.response(200, StaffCommissionLineSchema)
@blp.fails("commission_line_not_found", "commission_line_over")
def void(body: dict[str, Any], line_id: int) -> ShownLine:
    """A line pays nothing, for a reason; what had settled of it is taken back, or owed."""
    return void_line(line_id, body["reason"])
