"""Giving money back: acceptance, its limits, and the outcome that comes later."""

from __future__ import annotations

import secrets
import time

from mall.wechat.simulator.callbacks import queue_callback
from mall.wechat.simulator.clock import rfc3339
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.pay import orders
from mall.wechat.simulator.pay.errors import PayError
from mall.wechat.simulator.pay.policies import Policy
from mall.wechat.simulator.state import Doc

POLICY = Policy(
    "refund",
    usual="SUCCESS",
    outcomes=("SUCCESS", "ABNORMAL", "CLOSED", "PROCESSING", "NOT_ENOUGH", "USER_ACCOUNT_ABNORMAL"),
)
UNSETTLED = "UNSETTLED"
"""The account out of which refunds come, unless they name another."""
MOST_REFUNDS = 50
LATEST_S = 365 * 86400
_REFUSALS = {
    "NOT_ENOUGH": "基本账户余额不足，请充值后重新发起",
    "USER_ACCOUNT_ABNORMAL": "用户账户异常",
}


def accept(simulator: Simulator, body: Doc) -> Doc:
    """Accept a refund or its exact repetition; PayError when a rule forbids it."""
    if "notify_url" in body:
        orders.check_notify_url(simulator, body["notify_url"])
    with simulator.store.transaction():
        known = simulator.store.get("refund", body["out_refund_no"])
        if known is not None:
            if known["request"] != body:
                raise _refused("订单金额或退款金额与之前请求不一致，请核实后再试", 268498688)
            return known
        order = _refundable(simulator, body)
        is_short = simulator.settings.unsettled_funds == "short"
        if is_short and body.get("funds_account", UNSETTLED) == UNSETTLED:
            raise PayError(403, "NOT_ENOUGH", "未结算资金不足，请使用可用余额退款")
        outcome = POLICY.next_outcome(simulator)
        if outcome not in _REFUSALS:
            return _book(simulator, order, body, outcome)
    # Outside the transaction, which would otherwise give the used policy back.
    raise PayError(403, outcome, _REFUSALS[outcome])


def _refundable(simulator: Simulator, body: Doc) -> Doc:
    order = _paid_order(simulator, body)
    amount, now = body["amount"], simulator.now()
    if amount["total"] != order["total"]:
        raise _refused("订单金额与支付金额不一致")
    if order["refunded"] + amount["refund"] > order["total"]:
        raise _refused("退款金额超过订单可退金额")
    if order["refund_count"] >= MOST_REFUNDS:
        raise _refused("订单退款次数超过限制")
    if now - order["paid_at"] > LATEST_S:
        raise _refused("订单已超过可退款期限")
    last = order["last_refund_at"]
    if last is not None and now - last < simulator.settings.refund_interval_s:
        raise PayError(429, "FREQUENCY_LIMITED", "频率超限，请1分钟后再试")
    return order


def _paid_order(simulator: Simulator, body: Doc) -> Doc:
    try:
        if "transaction_id" in body:
            order = orders.order_of_transaction(simulator, body["transaction_id"])
        else:
            order = orders.order_of(simulator, body["out_trade_no"])
    except PayError:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "订单不存在", number=268512771) from None
    if order["paid_at"] is None:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "订单未支付")
    return order


def _book(simulator: Simulator, order: Doc, body: Doc, outcome: str) -> Doc:
    before, after = order["refunded"], order["refunded"] + body["amount"]["refund"]
    # Cumulative shares of the coupon, so that all refunds together give back exactly it.
    discount = (
        order["coupon"] * after // order["total"] - order["coupon"] * before // order["total"]
    )
    refund: Doc = {
        "request": body,
        "refund_id": "503000" + "".join(secrets.choice("0123456789") for _ in range(22)),
        "out_refund_no": body["out_refund_no"],
        "out_trade_no": order["out_trade_no"],
        "transaction_id": order["transaction_id"],
        "created_at": simulator.now(),
        "success_at": None,
        "status": "PROCESSING",
        "outcome": outcome,
        "total": order["total"],
        "payer_total": order["total"] - order["coupon"],
        "refund": body["amount"]["refund"],
        "discount": discount,
        "funds_account": body.get("funds_account", UNSETTLED),
    }
    order |= {
        "state": "REFUND",
        "refunded": after,
        "refund_count": order["refund_count"] + 1,
        "last_refund_at": simulator.now(),
    }
    simulator.store.put("order", order["out_trade_no"], order)
    simulator.store.put("refund", refund["out_refund_no"], refund)
    if outcome != "PROCESSING":
        due_at = time.time() + simulator.settings.refund_delay_s
        work = {"out_refund_no": refund["out_refund_no"], "outcome": outcome}
        simulator.store.put("refund-due", refund["out_refund_no"], work, due_at=due_at)
    return refund


def settle_due(simulator: Simulator, work: Doc) -> None:
    """Background work: a refund's outcome has come."""
    with simulator.store.transaction():
        if simulator.store.delete("refund-due", work["out_refund_no"]):
            settle(simulator, work["out_refund_no"], work["outcome"])


def settle(simulator: Simulator, out_refund_no: str, outcome: str) -> Doc:
    """End a refund that is under way, or an abnormal one, and tell the mall."""
    if outcome not in ("SUCCESS", "ABNORMAL", "CLOSED"):
        raise ControlError(400, "bad_outcome", "outcome is SUCCESS, ABNORMAL or CLOSED")
    with simulator.store.transaction():
        refund = simulator.store.get("refund", out_refund_no)
        if refund is None:
            raise ControlError(404, "no_refund", f"no refund {out_refund_no}")
        if refund["status"] not in ("PROCESSING", "ABNORMAL"):
            raise ControlError(409, "refund_ended", f"the refund is {refund['status']}")
        simulator.store.delete("refund-due", out_refund_no)
        refund["status"] = outcome
        if outcome == "SUCCESS":
            refund["success_at"] = simulator.now()
        if outcome == "CLOSED":
            _give_back_claim(simulator, refund)
        simulator.store.put("refund", out_refund_no, refund)
        if "notify_url" in refund["request"]:
            _announce(simulator, refund)
    return refund


def revive(simulator: Simulator, out_refund_no: str) -> Doc:
    """Pay a closed refund all the same."""
    with simulator.store.transaction():
        refund = simulator.store.get("refund", out_refund_no)
        if refund is None or refund["status"] != "CLOSED":
            raise ControlError(409, "not_closed", f"{out_refund_no} isn't a closed refund")
        order = orders.order_of(simulator, refund["out_trade_no"])
        order |= {"state": "REFUND", "refunded": order["refunded"] + refund["refund"]}
        simulator.store.put("order", order["out_trade_no"], order)
        simulator.store.put("refund", out_refund_no, refund | {"status": "PROCESSING"})
        return settle(simulator, out_refund_no, "SUCCESS")


def _give_back_claim(simulator: Simulator, refund: Doc) -> None:
    """A closed refund moved no money: its amount can be refunded under another number."""
    order = orders.order_of(simulator, refund["out_trade_no"])
    order["refunded"] -= refund["refund"]
    if order["refunded"] == 0:
        order["state"] = "SUCCESS"
    simulator.store.put("order", order["out_trade_no"], order)


def _announce(simulator: Simulator, refund: Doc) -> None:
    plaintext: Doc = {
        "mchid": simulator.credentials.mchid,
        "out_trade_no": refund["out_trade_no"],
        "transaction_id": refund["transaction_id"],
        "out_refund_no": refund["out_refund_no"],
        "refund_id": refund["refund_id"],
        "refund_status": refund["status"],
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": refund["total"],
            "refund": refund["refund"],
            "payer_total": refund["payer_total"],
            "payer_refund": refund["refund"] - refund["discount"],
        },
    }
    if refund["success_at"] is not None:
        plaintext["success_time"] = rfc3339(refund["success_at"])
    queue_callback(
        simulator,
        target="refund-notify",
        ref=refund["out_refund_no"],
        url=refund["request"]["notify_url"],
        event_type=f"REFUND.{refund['status']}",
        original_type="refund",
        summary={"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}[
            refund["status"]
        ],
        plaintext=plaintext,
    )


def as_refund(refund: Doc) -> Doc:
    """A refund as the API shows it."""
    payer_refund = refund["refund"] - refund["discount"]
    shown: Doc = {
        "refund_id": refund["refund_id"],
        "out_refund_no": refund["out_refund_no"],
        "transaction_id": refund["transaction_id"],
        "out_trade_no": refund["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(refund["created_at"]),
        "status": refund["status"],
        "funds_account": refund["funds_account"],
        "amount": {
            "total": refund["total"],
            "refund": refund["refund"],
            "payer_total": refund["payer_total"],
            "payer_refund": payer_refund,
            "settlement_refund": payer_refund,
            "settlement_total": refund["payer_total"],
            "discount_refund": refund["discount"],
            "currency": "CNY",
        },
        "promotion_detail": [],
    }
    if "from" in refund["request"]["amount"]:
        shown["amount"]["from"] = refund["request"]["amount"]["from"]
    if refund["success_at"] is not None:
        shown["success_time"] = rfc3339(refund["success_at"])
    return shown


def _refused(message: str, number: int = 0) -> PayError:
    return PayError(400, "INVALID_REQUEST", message, number=number)
