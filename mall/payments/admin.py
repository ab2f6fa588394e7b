"""What staff do about unpaid orders."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.payments.closing import close_by_staff
from mall.payments.schemas import CancellationSchema, ClosingInput

blp = Blueprint(
    "payments_admin", __name__, url_prefix="/admin/api/v1", description="Payments and refunds"
)


@blp.route("/orders/<string:order_no>/cancellation", methods=["POST"])
@access.staff("order:write")
@blp.arguments(ClosingInput)
@blp.response(200, CancellationSchema)
@blp.alt_response(202, schema=CancellationSchema, description="It closes by itself later")
@blp.fails("order_not_found", "order_already_paid", "order_not_cancellable")
def close_order(body: dict[str, Any], order_no: str) -> ResponseReturnValue:
    """Close an unpaid order. WeChat is asked first: a payment that was faster counts."""
    ending = close_by_staff(order_no, body["reason"])
    if ending == "waiting":
        return {"order_no": order_no, "status": "closing"}, 202
    return {"order_no": order_no, "status": "closed"}, 200
