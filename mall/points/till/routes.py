"""The shopper's code for a till."""

from __future__ import annotations

from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.limits import limited, principal
from mall.points.till import codes
from mall.points.till.schemas import TillCodeSchema
from mall.users.shown_codes import DrawnCode

blp = Blueprint("points_till", __name__, url_prefix="/api/v1/points", description="门店积分码")


@blp.route("/till-codes", methods=["POST"])
@access.shopper
@limited("till_code", by=principal)
@blp.response(201, TillCodeSchema)
def draw_code() -> DrawnCode:
    """A new code to show at a till: valid for 60 seconds, once. The one before ends with it."""
    return codes.draw(current_shopper().user_id)
