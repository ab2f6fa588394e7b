"""What WeChat says of payments, and what a payment may pay for."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CONFIRMING = "mall/payments/confirming.py"
PREPAYING = "mall/payments/prepaying.py"
CLOSING = "mall/payments/closing.py"
REPRICING = "mall/payments/repricing.py"
VERIFICATION = "mall/wechat/verification.py"
CALLBACKS = ("tests/journeys/test_payment_callbacks.py",)
CLOSED = ("tests/journeys/test_payment_closing.py",)
NOTICES = ("tests/wechat/test_notifications.py",)
REPRICED = ("tests/payments/test_repricing.py",)
TOLD = ("tests/payments/test_told.py",)
PAID = ("tests/journeys/test_payments.py",)
WRONG = ("tests/journeys/test_payment_callbacks.py::test_signed_but_wrong",)


MUTANTS = (
    Mutant(
        "a payment to another app counts",
        CONFIRMING,
        'payment.appid == pay.appid == attempt.request["appid"]',
        "True",
        WRONG,
    ),
    Mutant(
        "a payment to another merchant counts",
        CONFIRMING,
        'payment.mchid == pay.mchid == attempt.request["mchid"]',
        "True",
        WRONG,
    ),
    Mutant(
        "a payment of another amount counts",
        CONFIRMING,
        "payment.total_fen == attempt.amount_fen",
        "True",
        TOLD,
    ),
    Mutant(
        "a payment of too little counts",
        CONFIRMING,
        "payment.total_fen == attempt.amount_fen",
        "payment.total_fen <= attempt.amount_fen",
        TOLD,
    ),
    Mutant(
        "a payment in another currency counts",
        CONFIRMING,
        'payment.currency == "CNY"',
        "True",
        WRONG,
    ),
    Mutant(
        "a payment by somebody else counts",
        CONFIRMING,
        "payment.openid == attempt.openid",
        "True",
        WRONG,
    ),
    Mutant(
        "one transaction pays for two orders",
        CONFIRMING,
        "    return not session.scalar(\n        select(PaymentAttempt.id)",
        "    return not session.scalar(\n"
        "        select(PaymentAttempt.id).where(PaymentAttempt.id < 0)",
        TOLD,
    ),
    Mutant(
        "another transaction than the known one is a repeat",
        CONFIRMING,
        "return attempt.transaction_id == payment.transaction_id",
        "return True",
        TOLD,
    ),
    Mutant(
        "what isn't paid counts as paid",
        CONFIRMING,
        '    if not payment.is_paid:\n        return "unpaid"\n',
        "",
        TOLD,
    ),
    Mutant(
        "a repeated word is applied again",
        CONFIRMING,
        '        attempt.next_query_at = None\n        session.flush()\n        return "repeated"',
        "        attempt.next_query_at = None",
        TOLD,
    ),
    Mutant(
        "the old amount pays for an order whose price was changed",
        CONFIRMING,
        "is_price = attempt.amount_fen == order.payable_fen",
        "is_price = True",
        REPRICED,
    ),
    Mutant(
        "a late payment is placed again though the policy is to refund",
        CONFIRMING,
        "order.paid_at is None and LATE_PAYMENT_POLICY.get() == RESERVE_AGAIN",
        "order.paid_at is None",
        (
            "tests/journeys/test_payment_closing.py"
            "::test_paid_after_closing_and_the_policy_is_to_refund",
        ),
    ),
    Mutant(
        "a payment for another attempt's final state is applied",
        "mall/payments/states.py",
        "PaymentAttempt.id == attempt_id, PaymentAttempt.status.in_(origins_of(to))",
        "PaymentAttempt.id == attempt_id",
        (
            "tests/journeys/test_payment_closing.py::test_paid_twice_by_two_numbers",
            "tests/payments/test_told.py",
        ),
        "who moves an attempt has looked that no transaction paid it, and the table's"
        " check (`paid`) stands behind",
    ),
    Mutant(
        "a callback of any age is taken",
        VERIFICATION,
        " or abs(now - int(timestamp)) > MAX_SKEW_S",
        "",
        NOTICES,
    ),
    Mutant(
        "a callback from the future is taken",
        VERIFICATION,
        "abs(now - int(timestamp)) > MAX_SKEW_S",
        "now - int(timestamp) > MAX_SKEW_S",
        NOTICES,
    ),
    Mutant(
        "a callback's signature isn't verified",
        VERIFICATION,
        "if not verifies(key, reply_text(timestamp, nonce, body), signature):",
        "if not reply_text(timestamp, nonce, body):",
        NOTICES,
    ),
    Mutant(
        "a callback of another signature scheme is taken",
        VERIFICATION,
        'if given.get("signature-type", SCHEME) != SCHEME:',
        'if not given.get("signature-type", SCHEME):',
        NOTICES,
    ),
    Mutant(
        "WeChat's own probe counts as signed",
        VERIFICATION,
        'if signature.startswith(PROBE_PREFIX):\n        raise Untrusted("probe")',
        "if signature.startswith(PROBE_PREFIX):\n        return",
        NOTICES,
    ),
    Mutant(
        "a part of the body passes as the nonce",
        VERIFICATION,
        ' or "\\n" in value:',
        ":",
        NOTICES,
    ),
    Mutant(
        "another cipher than the agreed one is opened",
        "mall/wechat/notifications.py",
        'if sealed["algorithm"] != ALGORITHM:',
        'if not sealed["algorithm"]:',
        NOTICES,
    ),
    Mutant(
        "a callback that was taken is worked off again",
        "mall/payments/notifications.py",
        '    if known is not None and known not in _NOT_FINAL:\n        return "repeated"\n',
        "",
        (
            "tests/journeys/test_payment_callbacks.py::test_doubled",
            "tests/payments/test_callbacks.py",
        ),
        "`confirm_payment` and `apply_refund` answer a repeat with `repeated`; this"
        " saves them the work",
    ),
    Mutant(
        "a paid order is paid again",
        PREPAYING,
        '    if order.status in ("paid", "shipped", "completed"):\n        raise OrderAlreadyPaid\n'
        '    if order.status != "unpaid":\n        raise OrderNotPayable\n',
        "",
        (
            "tests/journeys/test_payments.py::test_two_phones_pay_by_the_same_attempt",
            "tests/journeys/test_payment_closing.py::test_cancelled_before_paying_was_started",
        ),
    ),
    Mutant(
        "an order is paid after its time",
        PREPAYING,
        "    if order.expires_at <= facts.now:\n        raise OrderExpired\n",
        "",
        ("tests/journeys/test_payment_closing.py::test_time_is_up",),
    ),
    Mutant(
        "an order is paid while it is closed",
        PREPAYING,
        "    if facts.is_closing:\n        raise OrderIsClosing\n",
        "",
        ("tests/journeys/test_payment_closing.py::test_cancelled_while_wechat_cant_tell",),
    ),
    Mutant(
        "an order closes while WeChat still takes money for it",
        CLOSING,
        "        if live_attempts(session, order.id):\n",
        "        if order.id < 0:\n",
        ("tests/payments/test_hanging.py",),
    ),
    Mutant(
        "orders are closed before their time",
        CLOSING,
        "                Order.expires_at <= func.clock_timestamp(),\n",
        "",
        (
            "tests/journeys/test_payment_closing.py::test_time_is_up",
            "tests/payments/test_last_minute.py",
        ),
    ),
    Mutant(
        "a price changes while the old amount can be paid",
        REPRICING,
        "            if not numbers:\n",
        "            if numbers is not None:\n",
        REPRICED,
    ),
    Mutant(
        "a price changes though WeChat says that the order was paid",
        REPRICING,
        '    if state == "paid":\n        raise OrderAlreadyPaid\n',
        "",
        REPRICED,
        "the order is locked and looked at again, and is paid then: `what_is_refused`",
    ),
    Mutant(
        "a price changes while the order is being closed",
        REPRICING,
        "    if is_closing(session, order.id):\n        raise OrderIsClosing\n",
        "",
        REPRICED,
    ),
    Mutant(
        "a price changes after the time to pay",
        REPRICING,
        "    if order.expired:\n        raise OrderExpired\n",
        "",
        REPRICED,
    ),
)
