"""The counter: coupons that staff redeem at their point."""

from __future__ import annotations

from typing import Any

from mall.coupons.counter import queries
from mall.coupons.counter.redeeming import Sale, redeem
from mall.coupons.counter.schemas import (
    CounterRedemptionInput,
    CounterRedemptionPageSchema,
    CounterRedemptionQuery,
    CounterRedemptionSchema,
    CounterUndoInput,
)
from mall.coupons.counter.undoing import undo
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.limits import limited, principal
from mall.kernel.http.paging import Page, id_in, page

blp = Blueprint(
    "coupon_counter_admin", __name__, url_prefix="/admin/api/v1/counter", description="到店核销"
)
_REFUSED = (
    *("counter_point_closed", "counter_code_used", "counter_code_expired"),
    *("counter_below_threshold", "coupon_not_usable", "coupon_not_at_counter"),
)


@blp.route("/redemptions", methods=["POST"])
@access.staff("counter:redeem")
@limited("till_code", by=principal)
@idempotent
@blp.arguments(CounterRedemptionInput)
@blp.response(201, CounterRedemptionSchema)
@blp.fails("counter_not_here", "counter_code_unknown", "counter_point_unknown", *_REFUSED)
@blp.fails("counter_amount_invalid")
def redeem_coupon(body: dict[str, Any]) -> Any:
    """Redeem the coupon of the code that the shopper shows."""
    sale = Sale(**{name: value for name, value in body.items() if name != "code"})
    return _shown(redeem(current_staff().staff_id, body["code"], sale))


@blp.route("/redemptions/<id:redemption_id>/undo", methods=["POST"])
@access.staff("counter:undo")
@idempotent
@blp.arguments(CounterUndoInput)
@blp.response(200, CounterRedemptionSchema)
@blp.fails("counter_not_here", "redemption_not_found", "redemption_undone", "redemption_too_old")
def undo_redemption(body: dict[str, Any], redemption_id: int) -> Any:
    """Undo a redemption on the shop day on which it was made: the shopper has the coupon again."""
    undo(current_staff().staff_id, redemption_id, body["reason"])
    return _shown(redemption_id)


@blp.route("/redemptions", methods=["GET"])
@access.staff("counter:read")
@blp.arguments(CounterRedemptionQuery, location="query")
@blp.response(200, CounterRedemptionPageSchema)
def list_redemptions(query: dict[str, Any]) -> Page[Any]:
    """What was redeemed, newest first; by point, staff member, shopper and coupon."""
    before = id_in(query.get("cursor"))
    with transaction() as session:
        found = queries.redemptions(session, query, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


def _shown(redemption_id: int) -> Any:
    with transaction() as session:
        return queries.redemption(session, redemption_id)
