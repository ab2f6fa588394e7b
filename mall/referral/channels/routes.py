"""Channels' coupons for new shoppers."""

from __future__ import annotations

from typing import Any

from mall.coupons.queries import OwnedCoupon, coupon, template
from mall.coupons.schemas import CouponSchema
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.referral.channels import claiming
from mall.referral.channels.schemas import ChannelOfferSchema

blp = Blueprint("channels", __name__, url_prefix="/api/v1", description="渠道领券")
_UNKNOWN = ("share_not_found", "channel_without_coupon")
_REFUSED = (
    *("channel_not_open", "channel_new_shoppers_only", "coupon_claim_not_open"),
    *("coupon_all_claimed", "coupon_claim_limit"),
)


@blp.route("/shares/<token>/coupon", methods=["GET"])
@access.shopper
@blp.response(200, ChannelOfferSchema)
@blp.fails(*_UNKNOWN, "share_expired", "coupon_not_found", "coupon_template_not_found")
def read_offer(token: str) -> dict[str, Any]:
    """The coupon behind the code that I scanned."""
    user_id = current_shopper().user_id
    with transaction() as session:
        found = claiming.offer(session, user_id, token)
        mine = found.coupon_id
        return {
            "template": template(session, found.template_id),
            "coupon": None if mine is None else coupon(session, mine, user_id),
            "can_claim": found.can_claim,
        }


@blp.route("/shares/<token>/coupon", methods=["POST"])
@access.shopper
@blp.response(200, CouponSchema)
@blp.fails(*_UNKNOWN, *_REFUSED, "share_expired", "coupon_not_found", "coupon_template_not_found")
def claim_coupon(token: str) -> OwnedCoupon:
    """Claim it, if I am new here. Again gives the same coupon."""
    user_id = current_shopper().user_id
    coupon_id = claiming.claim(user_id, token)
    with transaction() as session:
        return coupon(session, coupon_id, user_id)
