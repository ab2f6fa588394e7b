"""Merchant transfers: money that moves once the shopper confirms (documents 4012711988 ff.)."""

from __future__ import annotations

import secrets
import time

from mall.wechat.simulator.callbacks import queue_callback
from mall.wechat.simulator.clock import rfc3339
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.pay import orders
from mall.wechat.simulator.pay.errors import PayError, param_error
from mall.wechat.simulator.state import Doc

CONFIRM_WITHIN_S = 86400
LEAST_FEN, MOST_FEN = 10, 20_000
TERMINAL = ("SUCCESS", "FAIL", "CANCELLED")
POLICIES = ("WAIT_USER_CONFIRM", "PROCESSING", "NOT_ENOUGH")
# Scene → the labels of its report and what the shopper may be told that it is.
SCENES = {
    "1000": (("活动名称", "奖励说明"), ("活动奖励", "现金奖励")),
    "1005": (("岗位类型", "报酬说明"), ("劳务报酬", "报销款", "企业补贴", "开工利是")),
}


def accept(simulator: Simulator, body: Doc) -> Doc:
    """Accept a transfer or its repetition. PayError when a rule forbids it."""
    _check(simulator, body)
    number = body["out_bill_no"]
    with simulator.store.transaction():
        known = simulator.store.get("transfer", number)
        if known is not None:
            return _repeated(current(simulator, number), body)
        outcome = _next_outcome(simulator)
        if outcome != "NOT_ENOUGH":
            return _book(simulator, body, outcome)
    # Outside the transaction, which would otherwise give the used policy back.
    raise PayError(403, "NOT_ENOUGH", "资金不足")


def _repeated(known: Doc, body: Doc) -> Doc:
    if known["state"] in TERMINAL:
        raise PayError(400, "ALREADY_EXISTS", "商户单号已存在，请查单确认结果")
    # The encrypted name differs every time for the same name.
    before = {k: v for k, v in known["request"].items() if k != "user_name"}
    if before != {k: v for k, v in body.items() if k != "user_name"}:
        raise PayError(400, "INVALID_REQUEST", "请求参数与原单不一致", number=268498688)
    return known


def _check(simulator: Simulator, body: Doc) -> None:
    if "notify_url" in body:
        orders.check_notify_url(simulator, body["notify_url"])
    if body["appid"] != simulator.credentials.appid:
        raise PayError(400, "INVALID_REQUEST", "appid和mchid不匹配", number=268529837)
    scene = SCENES.get(body["transfer_scene_id"])
    if scene is None:
        raise PayError(403, "NO_AUTH", "商户没有该转账场景的权限")
    labels, perceptions = scene
    given = tuple(info["info_type"] for info in body["transfer_scene_report_infos"])
    if sorted(given) != sorted(labels):
        raise param_error("/transfer_scene_report_infos", list(given), f"must be {labels}")
    if body.get("user_recv_perception") not in (None, "", *perceptions):
        raise param_error("/user_recv_perception", body["user_recv_perception"], "not of the scene")
    amount = body["transfer_amount"]
    if not LEAST_FEN <= amount <= MOST_FEN:
        raise PayError(400, "INVALID_REQUEST", "转账金额超出限额", number=268529835)
    if "user_name" in body and amount < 30:
        raise param_error("/user_name", None, "not below 0.30 yuan")


def _book(simulator: Simulator, body: Doc, outcome: str) -> Doc:
    transfer: Doc = {
        "request": body,
        "out_bill_no": body["out_bill_no"],
        "transfer_bill_no": "1330" + "".join(secrets.choice("0123456789") for _ in range(26)),
        "state": outcome,
        "package_info": secrets.token_urlsafe(96),
        "fail_reason": None,
        "created_at": simulator.now(),
        "updated_at": simulator.now(),
    }
    simulator.store.put("transfer", body["out_bill_no"], transfer)
    link = {"out_bill_no": body["out_bill_no"]}
    simulator.store.put("transfer-bill", transfer["transfer_bill_no"], link)
    return transfer


def current(simulator: Simulator, number: str) -> Doc:
    """A transfer as it stands now; one that nobody confirmed in 24 hours has failed."""
    with simulator.store.transaction():
        transfer = simulator.store.get("transfer", number)
        if transfer is None:
            raise PayError(404, "NOT_FOUND", "记录不存在")
        overdue = simulator.now() - transfer["created_at"] > CONFIRM_WITHIN_S
        if overdue and transfer["state"] in ("WAIT_USER_CONFIRM", "PROCESSING"):
            transfer = _move(simulator, transfer, "FAIL", reason="OVERDUE_CLOSE")
    return transfer


def confirm(simulator: Simulator, number: str, package: str | None) -> Doc:
    """The shopper takes the money; SUCCESS follows."""
    with simulator.store.transaction():
        transfer = current(simulator, number)
        if transfer["state"] != "WAIT_USER_CONFIRM":
            raise ControlError(409, "not_waiting", f"转账单状态为{transfer['state']}")
        if package not in (None, transfer["package_info"]):
            raise ControlError(400, "bad_package", "requestMerchantTransfer:fail package无效")
        return _move_later(simulator, transfer, "TRANSFERING", "SUCCESS")


def cancel(simulator: Simulator, number: str) -> Doc:
    """The merchant takes it back before the shopper confirmed; CANCELLED follows."""
    with simulator.store.transaction():
        transfer = current(simulator, number)
        if transfer["state"] in ("CANCELING", "CANCELLED"):
            return transfer
        if transfer["state"] not in ("PROCESSING", "WAIT_USER_CONFIRM"):
            raise PayError(400, "INVALID_REQUEST", "当前状态不允许撤销")
        return _move_later(simulator, transfer, "CANCELING", "CANCELLED")


def fail(simulator: Simulator, number: str, reason: str) -> Doc:
    """It fails for a reason of the shopper's or the platform's."""
    with simulator.store.transaction():
        transfer = current(simulator, number)
        if transfer["state"] in TERMINAL:
            raise ControlError(409, "ended", f"转账单状态为{transfer['state']}")
        return _move(simulator, transfer, "FAIL", reason=reason)


def fund(simulator: Simulator, number: str) -> Doc:
    """The merchant's balance is topped up: a stuck transfer waits for the shopper now."""
    with simulator.store.transaction():
        transfer = current(simulator, number)
        if transfer["state"] != "PROCESSING":
            raise ControlError(409, "not_stuck", f"转账单状态为{transfer['state']}")
        return _move(simulator, transfer, "WAIT_USER_CONFIRM")


def finish_due(simulator: Simulator, work: Doc) -> None:
    """Background work: a confirmed or cancelled transfer comes to its end."""
    with simulator.store.transaction():
        transfer = simulator.store.get("transfer", work["out_bill_no"])
        due = simulator.store.delete("transfer-due", work["out_bill_no"])
        if due and transfer and transfer["state"] == work["from"]:
            _move(simulator, transfer, work["to"])


def _move_later(simulator: Simulator, transfer: Doc, now_state: str, then_state: str) -> Doc:
    moved = _move(simulator, transfer, now_state)
    work = {"out_bill_no": moved["out_bill_no"], "from": now_state, "to": then_state}
    due_at = time.time() + simulator.settings.refund_delay_s
    simulator.store.put("transfer-due", moved["out_bill_no"], work, due_at=due_at)
    return moved


def _move(simulator: Simulator, transfer: Doc, state: str, *, reason: str | None = None) -> Doc:
    moved = transfer | {"state": state, "updated_at": simulator.now(), "fail_reason": reason}
    if state == "CANCELLED":
        moved["fail_reason"] = "MCH_CANCEL"
    simulator.store.put("transfer", moved["out_bill_no"], moved)
    if state in TERMINAL and "notify_url" in moved["request"]:
        _announce(simulator, moved)
    return moved


def _announce(simulator: Simulator, transfer: Doc) -> None:
    request = transfer["request"]
    plaintext: Doc = {
        "out_bill_no": transfer["out_bill_no"],
        "transfer_bill_no": transfer["transfer_bill_no"],
        "state": transfer["state"],
        "mch_id": simulator.credentials.mchid,
        "transfer_amount": request["transfer_amount"],
        "openid": request["openid"],
        "create_time": rfc3339(transfer["created_at"]),
        "update_time": rfc3339(transfer["updated_at"]),
        "payment_method_type": "CFT",
    }
    if transfer["fail_reason"]:
        plaintext["fail_reason"] = transfer["fail_reason"]
    queue_callback(
        simulator,
        target="transfer-notify",
        ref=transfer["out_bill_no"],
        url=request["notify_url"],
        event_type="MCHTRANSFER.BILL.FINISHED",
        original_type="mch_payment",
        summary="商家转账单据终态通知",
        plaintext=plaintext,
    )


def set_policy(simulator: Simulator, outcome: str, count: int | None) -> None:
    """How the next `count` transfers begin (None: all of them)."""
    if outcome not in POLICIES:
        raise ControlError(400, "bad_outcome", f"outcome is one of {', '.join(POLICIES)}")
    simulator.store.put("policy", "transfer", {"outcome": outcome, "left": count})


def _next_outcome(simulator: Simulator) -> str:
    policy = simulator.store.get("policy", "transfer")
    if policy is None:
        return "WAIT_USER_CONFIRM"
    if policy["left"] is not None:
        policy["left"] -= 1
        if policy["left"] <= 0:
            simulator.store.delete("policy", "transfer")
        else:
            simulator.store.put("policy", "transfer", policy)
    return str(policy["outcome"])
