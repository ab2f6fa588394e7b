"""Paying and cancelling, as the shopper's mini-program sees them.

None takes an Idempotency-Key: each asks for a state, and asking again is the same.
"""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.payments.closing import cancel_order
from mall.payments.payment_queries import query_now
from mall.payments.prepaying import StartedPayment, start_payment
from mall.payments.queries import PaymentState, payment_state
from mall.payments.schemas import CancellationSchema, PaymentStateSchema, StartedPaymentSchema

blp = Blueprint("payments", __name__, url_prefix="/api/v1", description="Paying for orders")


@blp.route("/orders/<string:order_no>/payment", methods=["POST"])
@access.shopper
@blp.response(200, StartedPaymentSchema)
@blp.fails("order_not_found", "order_already_paid", "order_not_payable", "order_expired")
@blp.fails("order_about_to_close", "order_closing", "payment_refused", "payment_unavailable")
def start(order_no: str) -> StartedPayment:
    """Start paying: the arguments of `wx.requestPayment`. Again is the same payment."""
    return start_payment(access.current_shopper().user_id, order_no)


@blp.route("/orders/<string:order_no>/payment", methods=["GET"])
@access.shopper
@blp.response(200, PaymentStateSchema)
@blp.fails("order_not_found")
def show(order_no: str) -> PaymentState:
    """How the payment stands; WeChat is asked while the order is unpaid."""
    user_id = access.current_shopper().user_id
    with transaction() as session:
        known = payment_state(session, user_id, order_no)
    if known.order_status != "unpaid":
        return known
    query_now(known.order_id)
    with transaction() as session:
        return payment_state(session, user_id, order_no)


@blp.route("/orders/<string:order_no>/cancellation", methods=["POST"])
@access.shopper
@blp.response(200, CancellationSchema)
@blp.alt_response(202, schema=CancellationSchema, description="It closes by itself later")
@blp.fails("order_not_found", "order_already_paid", "order_not_cancellable")
def cancellation(order_no: str) -> ResponseReturnValue:
    """Cancel an unpaid order. A payment that was faster counts: order_already_paid."""
    ending = cancel_order(access.current_shopper().user_id, order_no)
    if ending == "waiting":
        return {"order_no": order_no, "status": "closing"}, 202
    return {"order_no": order_no, "status": "closed"}, 200
