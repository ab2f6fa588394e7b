"""The shopper's code for a counter."""

from __future__ import annotations

from mall.coupons.counter import codes
from mall.coupons.counter.schemas import CounterCodeSchema
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.limits import limited, principal
from mall.users.shown_codes import DrawnCode

blp = Blueprint("coupon_counter", __name__, url_prefix="/api/v1", description="到店核销码")


@blp.route("/coupons/<id:coupon_id>/counter-codes", methods=["POST"])
@access.shopper
@limited("till_code", by=principal)
@blp.response(201, CounterCodeSchema)
@blp.fails("coupon_not_found", "coupon_not_at_counter", "coupon_not_usable")
def draw_code(coupon_id: int) -> DrawnCode:
    """A new code to show at a counter, for this coupon: valid for 60 seconds, once. The one
    before, of whichever coupon, ends with it."""
    return codes.draw(current_shopper().user_id, coupon_id)
