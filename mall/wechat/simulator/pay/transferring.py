"""Transfers to shoppers: taken on, confirmed by the receiver, or lapsed, cancelled, refused.

The money moves only when the receiver confirms on the phone; who doesn't within a day never
gets it by that number. The functions here know no HTTP.
"""

from __future__ import annotations

import secrets
import time

from mall.wechat.simulator.callbacks import queue_callback
from mall.wechat.simulator.clock import china_date, rfc3339
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.pay import orders, transfer_rules
from mall.wechat.simulator.pay.errors import PayError
from mall.wechat.simulator.pay.policies import Policy
from mall.wechat.simulator.state import Doc

POLICY = Policy(
    "transfer",
    usual="WAIT_USER_CONFIRM",
    outcomes=("WAIT_USER_CONFIRM", "PROCESSING", "NOT_ENOUGH", "FREQUENCY_LIMIT_EXCEED"),
)
ENDS = ("SUCCESS", "FAIL", "CANCELLED")
CONFIRM_WITHIN_S = 24 * 3600
QUERIED_FOR_S = 30 * 86400
_REFUSALS = {
    "NOT_ENOUGH": (403, "资金不足"),
    "FREQUENCY_LIMIT_EXCEED": (429, "频率超限"),
}


def accept(simulator: Simulator, body: Doc, serial: str) -> Doc:
    """Take on a transfer or its exact repetition; PayError when a rule forbids it."""
    if "notify_url" in body:
        orders.check_notify_url(simulator, body["notify_url"])
    name = transfer_rules.check(simulator, body, serial)
    # A name is encrypted anew each time: what counts is what it says.
    said = {**body, "user_name": name} if name is not None else body
    with simulator.store.transaction():
        known = simulator.store.get("transfer", body["out_bill_no"])
        if known is not None:
            return _repeated(_lapsed_by_time(simulator, known), said)
        outcome = POLICY.next_outcome(simulator)
        if outcome not in _REFUSALS:
            return _book(simulator, said, outcome)
    # Outside the transaction, which would otherwise give the used policy back.
    status, message = _REFUSALS[outcome]
    raise PayError(status, outcome, message)


def _repeated(known: Doc, said: Doc) -> Doc:
    if known["request"] != said:
        raise PayError(400, "INVALID_REQUEST", "同一商家单号的参数与之前请求不一致")
    if known["state"] in ENDS:
        raise PayError(400, "ALREADY_EXISTS", "单号已存在，请查询结果")
    return known


def _book(simulator: Simulator, said: Doc, outcome: str) -> Doc:
    now, openid = simulator.now(), said["openid"]
    today = china_date(now)
    received = sum(
        one["amount"]
        for one in simulator.store.oldest("transfer")
        if one["openid"] == openid
        and one["state"] not in ("FAIL", "CANCELLED")
        and china_date(one["created_at"]) == today
    )
    if received + said["transfer_amount"] > simulator.settings.transfer_day_fen:
        raise PayError(400, "INVALID_REQUEST", "该用户当日收款超出限额", number=268529835)
    transfer: Doc = {
        "request": said,
        "out_bill_no": said["out_bill_no"],
        "transfer_bill_no": "1330" + "".join(secrets.choice("0123456789") for _ in range(28)),
        "mchid": simulator.credentials.mchid,
        "openid": openid,
        "amount": said["transfer_amount"],
        "remark": said["transfer_remark"],
        "state": outcome,
        "package_info": secrets.token_urlsafe(48) if outcome == "WAIT_USER_CONFIRM" else None,
        "fail_reason": None,
        "created_at": now,
        "updated_at": now,
    }
    simulator.store.put("transfer", transfer["out_bill_no"], transfer)
    simulator.store.put("transfer-bill", transfer["transfer_bill_no"], {"no": said["out_bill_no"]})
    return transfer


def transfer_of(simulator: Simulator, number: str) -> Doc:
    """A transfer of the last 30 days; PayError when there is none."""
    with simulator.store.transaction():
        found = simulator.store.get("transfer", number)
        if found is None or simulator.now() - found["created_at"] > QUERIED_FOR_S:
            raise PayError(404, "NOT_FOUND", "记录不存在")
        return _lapsed_by_time(simulator, found)


def transfer_by_bill(simulator: Simulator, number: str) -> Doc:
    """A transfer by WeChat's own number; PayError when there is none."""
    link = simulator.store.get("transfer-bill", number)
    if link is None:
        raise PayError(404, "NOT_FOUND", "记录不存在")
    return transfer_of(simulator, link["no"])


def cancel(simulator: Simulator, number: str) -> Doc:
    """Take back what its receiver hasn't confirmed; it is over a moment later."""
    with simulator.store.transaction():
        found = transfer_of(simulator, number)
        if found["state"] in ("CANCELING", "CANCELLED"):
            return found
        if found["state"] not in ("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM"):
            raise PayError(400, "INVALID_REQUEST", "当前状态不可撤销")
        return _moves(simulator, found, "CANCELING", "CANCELLED", "MCH_CANCEL")


def confirm(simulator: Simulator, number: str, fail_reason: str | None = None) -> Doc:
    """The receiver confirms on the phone; the money is there a moment later, unless it fails."""
    with simulator.store.transaction():
        found = transfer_of(simulator, number)
        if found["state"] != "WAIT_USER_CONFIRM":
            raise ControlError(409, "not_waiting", f"the transfer is {found['state']}")
        end = "SUCCESS" if fail_reason is None else "FAIL"
        return _moves(simulator, found, "TRANSFERING", end, fail_reason)


def let_lapse(simulator: Simulator, number: str) -> Doc:
    """The day to confirm is over."""
    with simulator.store.transaction():
        found = transfer_of(simulator, number)
        if found["state"] != "WAIT_USER_CONFIRM":
            raise ControlError(409, "not_waiting", f"the transfer is {found['state']}")
        return _end(simulator, found, "FAIL", "OVERDUE_CLOSE")


def proceed(simulator: Simulator, number: str) -> Doc:
    """A transfer that hung in PROCESSING goes on: its receiver is asked."""
    with simulator.store.transaction():
        found = transfer_of(simulator, number)
        if found["state"] != "PROCESSING":
            raise ControlError(409, "not_processing", f"the transfer is {found['state']}")
        found |= {"state": "WAIT_USER_CONFIRM", "package_info": secrets.token_urlsafe(48)}
        return _touch(simulator, found)


def end_due(simulator: Simulator, work: Doc) -> None:
    """Background work: a transfer's end has come."""
    with simulator.store.transaction():
        if simulator.store.delete("transfer-due", work["out_bill_no"]):
            found = simulator.store.get("transfer", work["out_bill_no"])
            assert found is not None
            _end(simulator, found, work["state"], work["fail_reason"])


def _moves(simulator: Simulator, found: Doc, state: str, end: str, why: str | None) -> Doc:
    number = found["out_bill_no"]
    work = {"out_bill_no": number, "state": end, "fail_reason": why}
    due_at = time.time() + simulator.settings.refund_delay_s
    simulator.store.put("transfer-due", number, work, due_at=due_at)
    return _touch(simulator, found | {"state": state, "package_info": None})


def _lapsed_by_time(simulator: Simulator, found: Doc) -> Doc:
    waits = found["state"] == "WAIT_USER_CONFIRM"
    if waits and simulator.now() - found["created_at"] > CONFIRM_WITHIN_S:
        return _end(simulator, found, "FAIL", "OVERDUE_CLOSE")
    return found


def _end(simulator: Simulator, found: Doc, state: str, fail_reason: str | None) -> Doc:
    found |= {"state": state, "fail_reason": fail_reason, "package_info": None}
    _touch(simulator, found)
    if "notify_url" in found["request"]:
        _announce(simulator, found)
    return found


def _touch(simulator: Simulator, found: Doc) -> Doc:
    found["updated_at"] = simulator.now()
    simulator.store.put("transfer", found["out_bill_no"], found)
    return found


def _announce(simulator: Simulator, found: Doc) -> None:
    plaintext = as_transfer(found) | {"payment_method_type": "CFT"}
    del plaintext["appid"], plaintext["transfer_remark"]
    queue_callback(
        simulator,
        target="transfer-notify",
        ref=found["out_bill_no"],
        url=found["request"]["notify_url"],
        event_type="MCHTRANSFER.BILL.FINISHED",
        original_type="mch_payment",
        summary="商家转账单据终态通知",
        plaintext=plaintext,
    )


def as_reply(found: Doc) -> Doc:
    """What asking for a transfer answers."""
    shown: Doc = {
        "out_bill_no": found["out_bill_no"],
        "transfer_bill_no": found["transfer_bill_no"],
        "create_time": rfc3339(found["created_at"]),
        "state": found["state"],
    }
    for name in ("fail_reason", "package_info"):
        if found[name] is not None:
            shown[name] = found[name]
    return shown


def as_transfer(found: Doc) -> Doc:
    """A transfer as a query shows it."""
    shown: Doc = {
        "mch_id": found["mchid"],
        "out_bill_no": found["out_bill_no"],
        "transfer_bill_no": found["transfer_bill_no"],
        "appid": found["request"]["appid"],
        "state": found["state"],
        "transfer_amount": found["amount"],
        "transfer_remark": found["remark"],
        "openid": found["openid"],
        "create_time": rfc3339(found["created_at"]),
        "update_time": rfc3339(found["updated_at"]),
    }
    if found["fail_reason"] is not None:
        shown["fail_reason"] = found["fail_reason"]
    return shown


def as_cancelled(found: Doc) -> Doc:
    """What cancelling answers."""
    return {
        "out_bill_no": found["out_bill_no"],
        "transfer_bill_no": found["transfer_bill_no"],
        "state": found["state"],
        "update_time": rfc3339(found["updated_at"]),
    }
