"""Coupons of the shopper."""

from __future__ import annotations

from typing import Any

from mall.coupons import claiming, queries
from mall.coupons.queries import Claimable, OwnedCoupon
from mall.coupons.schemas import (
    ClaimableCouponPageSchema,
    CouponPageSchema,
    CouponQuery,
    CouponSchema,
    RedeemSchema,
)
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper, shopper_if_known
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page

blp = Blueprint("coupons", __name__, url_prefix="/api/v1", description="优惠券")
REFUSED = ("coupon_claim_not_open", "coupon_all_claimed", "coupon_claim_limit", "request_in_flight")


@blp.route("/coupon-templates", methods=["GET"])
@access.public
@blp.arguments(PageQuery, location="query")
@blp.response(200, ClaimableCouponPageSchema)
@blp.fails("not_authenticated")
def list_claimable(query: dict[str, Any]) -> Page[Claimable]:
    """The coupons that anybody may claim now, the shop's window: `mine` is 0 without login."""
    shopper = shopper_if_known()
    with transaction() as session:
        found = queries.claimable(
            session,
            shopper.user_id if shopper else None,
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.template.id])


@blp.route("/coupon-templates/<id:template_id>/claims", methods=["POST"])
@access.shopper
@idempotent
@blp.response(201, CouponSchema)
@blp.fails("coupon_template_not_found", *REFUSED, "coupon_not_found")
def claim(template_id: int) -> OwnedCoupon:
    """Claim a coupon."""
    user_id = current_shopper().user_id
    with transaction() as session:
        return queries.coupon(session, claiming.claim(user_id, template_id), user_id)


@blp.route("/coupon-codes", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(RedeemSchema)
@blp.response(201, CouponSchema)
@blp.fails("coupon_code_unknown", "coupon_code_used", *REFUSED, "coupon_not_found")
@blp.fails("coupon_template_not_found")
def redeem(body: dict[str, Any]) -> OwnedCoupon:
    """Change a code into its coupon."""
    user_id = current_shopper().user_id
    with transaction() as session:
        return queries.coupon(session, claiming.redeem(user_id, body["code"]), user_id)


@blp.route("/coupons", methods=["GET"])
@access.shopper
@blp.arguments(CouponQuery, location="query")
@blp.response(200, CouponPageSchema)
def list_coupons(query: dict[str, Any]) -> Page[OwnedCoupon]:
    """My coupons, newest first; `tab` is usable, used or expired."""
    with transaction() as session:
        found = queries.coupons(
            session,
            user_id=current_shopper().user_id,
            tab=query["tab"],
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.coupon.id])
