"""Refunds: what goes back of an order, a line, its freight; who decides; what WeChat says of it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

REFUNDING = "mall/orders/refunding.py"
REQUESTING = "mall/payments/refunds/requesting.py"
APPLYING = "mall/payments/refunds/applying.py"
BOOKING = "mall/payments/refunds/booking.py"
CAUSING = "mall/payments/refunds/causing.py"
APPROVING = "mall/payments/refunds/approving.py"
CANCELLING = "mall/payments/refunds/cancelling.py"
SUMS = ("tests/orders/test_refunding.py",)
JOURNEY = ("tests/journeys/test_payment_refunds.py",)
CONSOLE = ("tests/payments/test_console_refunds.py", "tests/payments/test_called_off.py")
CAUSES = ("tests/payments/test_causes.py",)
REFUNDS = ("tests/payments/test_refunds.py",)
FOUR_EYES = ("tests/payments/test_refund_approvals.py",)

MUTANTS = (
    Mutant(
        "more goes back than was paid for the order",
        REFUNDING,
        "            is_enough,\n",
        "",
        SUMS,
    ),
    Mutant(
        "what is on its way isn't counted as gone",
        REFUNDING,
        "left = Order.paid_fen - Order.refunding_fen - Order.refunded_fen",
        "left = Order.paid_fen - Order.refunded_fen",
        SUMS,
    ),
    Mutant(
        "more freight goes back than was paid",
        REFUNDING,
        "            Order.freight_refunded_fen + freight_fen <= Order.freight_fen,\n",
        "",
        SUMS,
    ),
    Mutant(
        "more units of a line go back than were bought",
        REFUNDING,
        "\n      AND l.refunded_quantity + r.units <= l.quantity",
        "",
        SUMS,
    ),
    Mutant(
        "more goes back than was paid for the line",
        REFUNDING,
        "\n      AND l.refunded_fen + l.rebated_fen + r.fen <= l.payable_fen",
        "",
        SUMS,
    ),
    Mutant(
        "rebates of a line aren't counted as gone",
        REFUNDING,
        "l.refunded_fen + l.rebated_fen + r.fen <= l.payable_fen",
        "l.refunded_fen + r.fen <= l.payable_fen",
        SUMS + CAUSES,
    ),
    Mutant(
        "a line of another order is refunded",
        REFUNDING,
        "    WHERE l.id = r.line_id AND l.order_id = :order_id\n"
        "      AND l.refunded_quantity + r.units",
        "    WHERE l.id = r.line_id\n      AND l.refunded_quantity + r.units",
        SUMS,
    ),
    Mutant(
        "an order that isn't paid is refunded",
        REFUNDING,
        "Order.status.in_(REFUNDABLE) if lines else _may_give_freight(),",
        "Order.id > 0,",
        SUMS,
    ),
    Mutant(
        "units that were worth money go back for nothing",
        REFUNDING,
        "        is_enough = ~_worth_something(lines)\n",
        "        pass\n",
        (
            "tests/orders/test_free.py",
            "tests/orders/test_refunding.py",
            "tests/payments/test_refunds.py",
        ),
    ),
    Mutant(
        "a line is named twice",
        REFUNDING,
        "if len(ids) != len(lines) or freight_fen < 0:",
        "if freight_fen < 0:",
        SUMS,
        "the statement changes a line once, and the lines that it changed are counted",
    ),
    Mutant(
        "freight below nothing pays for more goods",
        REFUNDING,
        "if len(ids) != len(lines) or freight_fen < 0:",
        "if len(ids) != len(lines):",
        SUMS,
    ),
    Mutant(
        "a line below nothing pays for more of another",
        REFUNDING,
        "if any(units < 0 or fen < 0 or units + fen == 0 for",
        "if any(units + fen == 0 for",
        SUMS,
    ),
    Mutant(
        "what wasn't reserved is settled",
        REFUNDING,
        ".where(Order.order_no == order_no, Order.refunding_fen >= amount)\n        .values(\n"
        "            refunding_fen=Order.refunding_fen - amount,\n            refunded_fen",
        ".where(Order.order_no == order_no)\n        .values(\n"
        "            refunding_fen=Order.refunding_fen - amount,\n            refunded_fen",
        SUMS,
    ),
    Mutant(
        "what wasn't reserved is given up",
        REFUNDING,
        ".where(Order.order_no == order_no, Order.refunding_fen >= amount)\n        .values(\n"
        "            refunding_fen=Order.refunding_fen - amount,\n            freight_refunded_fen",
        ".where(Order.order_no == order_no)\n        .values(\n"
        "            refunding_fen=Order.refunding_fen - amount,\n            freight_refunded_fen",
        SUMS,
    ),
    Mutant(
        "units that left are on sale again when their refund settles",
        REFUNDING,
        "LEAST(r.units, l.quantity - l.shipped_quantity - l.restocked_quantity) AS units",
        "r.units AS units",
        SUMS,
    ),
    Mutant(
        "an order isn't closed when all went back",
        REFUNDING,
        "is_closed = in_full and row.status in (states.PAID, states.SHIPPED)",
        "is_closed = False",
        SUMS,
    ),
    Mutant(
        "staff refund a line of another order",
        REQUESTING,
        "if any(line.line_id not in found for line in lines):",
        "if any(line.line_id < 0 for line in lines):",
        ("tests/payments/test_refunds.py::test_a_line_of_another_order_isnt_refunded",),
    ),
    Mutant(
        "a refund out of a payment that didn't succeed",
        REQUESTING,
        'PaymentAttempt.order_id == order.id, PaymentAttempt.status == "succeeded"',
        "PaymentAttempt.order_id == order.id",
        ("tests/payments/test_refunds.py::test_the_payment_that_succeeded_is_given_back",),
    ),
    Mutant(
        "a refund of another amount than ours settles",
        APPLYING,
        "return said == tuple(payment) and result.refund_fen == refund.amount_fen",
        "return said == tuple(payment)",
        (
            "tests/journeys/test_payment_refunds.py"
            "::test_a_signed_but_wrong_callback_is_kept_for_staff",
        ),
    ),
    Mutant(
        "a refund of another payment than ours settles",
        APPLYING,
        "return said == tuple(payment) and result.refund_fen == refund.amount_fen",
        "return result.refund_fen == refund.amount_fen",
        (
            "tests/payments/test_refunds.py"
            "::test_a_refund_of_another_payment_than_ours_isnt_applied",
        ),
    ),
    Mutant(
        "a refund that another merchant was told of settles",
        APPLYING,
        "state is None or is_foreign(result) or not",
        "state is None or not",
        (
            "tests/journeys/test_payment_refunds.py"
            "::test_a_signed_but_wrong_callback_is_kept_for_staff",
        ),
    ),
    Mutant(
        "a refund is settled twice",
        "mall/payments/refunds/states.py",
        ".where(Refund.id == refund_id, Refund.status.in_(origins))",
        ".where(Refund.id == refund_id)",
        ("tests/journeys/test_payment_refunds.py::test_a_doubled_callback_settles_once",),
    ),
    Mutant(
        "staff book another amount than WeChat gave back",
        BOOKING,
        "if given_fen != said.refund_fen:",
        "if given_fen < 0:",
        CONSOLE,
    ),
    Mutant(
        "staff book a refund of another order's payment",
        BOOKING,
        "            PaymentAttempt.order_id == order.id,\n",
        "",
        CONSOLE,
        "the order is found by the same payment (`order_of_payment`), so no other comes here",
    ),
    Mutant(
        "a refund that our books have already is booked again",
        BOOKING,
        '    if known.status != "canceled":\n        raise RefundNotBookable\n',
        "",
        CONSOLE,
    ),
    Mutant(
        "a cause gives back the whole order twice",
        CAUSING,
        "    known = _known(session, order.id, cause)\n    if known is not None:\n"
        "        return known\n    left = [",
        "    left = [",
        CAUSES,
    ),
    Mutant(
        "a cause gives the same rebate twice",
        CAUSING,
        "    known = _known(session, order.id, cause)\n    if known is not None:\n"
        "        return known\n    by_position",
        "    by_position",
        CAUSES,
    ),
    Mutant(
        "a line that went back gets cheaper",
        CAUSING,
        "    if line.refunded_quantity >= line.quantity:\n"
        '        raise RefundNotPossible(param="lines")\n',
        "",
        CAUSES,
    ),
    Mutant(
        "a rebate of nothing",
        REFUNDING,
        "if any(units < 0 or fen < 0 or units + fen == 0 for",
        "if any(units < 0 or fen < 0 for",
        CAUSES,
    ),
    Mutant(
        "staff give back above the limit alone",
        APPROVING,
        "    if back_fen + amount_fen <= limit_fen:\n        return False\n",
        "    if back_fen + amount_fen <= paid_fen:\n        return False\n",
        FOUR_EYES,
    ),
    Mutant(
        "staff give back above the limit in parts",
        APPROVING,
        "    if back_fen + amount_fen <= limit_fen:",
        "    if amount_fen <= limit_fen:",
        FOUR_EYES,
    ),
    Mutant(
        "a refund that a feature caused is given up by staff",
        CANCELLING,
        "if not refund.cancellable or refund.kind",
        "if refund.kind",
        REFUNDS,
    ),
    Mutant(
        "a refund under way is given up",
        CANCELLING,
        " or refund.status not in _GIVEN_UP:",
        ":",
        REFUNDS,
        "the table of states refuses it under the lock (`move_refund`; the mutant `a refund is"
        " settled twice`); this saves asking WeChat",
    ),
    Mutant(
        "a refund that was tried once more is given up unasked",
        CANCELLING,
        "        raise RefundNotCancellable  # it was tried once more meanwhile",
        "        pass",
        ("tests/payments/test_called_off.py",),
    ),
)
