"""The answers of attempts and polls as ready bytes: what Flask's `jsonify` would make of them."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import NamedTuple

from mall.kernel.errors import MallError
from mall.kernel.http.idempotency import IdempotencyKeyRequired, IdempotencyKeyReused

RETRY_AT_ONCE, RETRY_IN_WINDOW = ("Retry-After", "1"), ("Retry-After", "10")
REPLAYED = (("Idempotent-Replay", "true"),)


class Answer(NamedTuple):
    """Status line, body and the headers beside the usual ones; `user_id` is for the log."""

    status: int
    line: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    user_id: int | None = None


class Refusal:
    """An error of the one shape, in two halves between which the request's id goes."""

    def __init__(
        self,
        status: int,
        type_: str,
        code: str,
        message: str,
        *,
        param: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        error = {"type": type_, "code": code, "message": message, "param": param}
        told = json.dumps({"error": {**error, "request_id": "\0"}}, **_COMPACT).encode()  # type: ignore[arg-type]
        self.head, self.tail = told.split(b"\\u0000")
        self.tail += b"\n"
        self.status, self.line = status, status_line(status)
        self.code, self.message = code, message
        self.headers = headers

    def answer(self, request_id: str, user_id: int | None = None) -> Answer:
        body = b"%b%b%b" % (self.head, request_id.encode(), self.tail)
        return Answer(self.status, self.line, body, self.headers, user_id)


_COMPACT = {"ensure_ascii": False, "separators": (",", ":")}


def status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase.upper()}"


def of_error(error: type[MallError], param: str) -> Refusal:
    return Refusal(error.status, error.type, error.code, error.message, param=param)


KEY_REQUIRED = of_error(IdempotencyKeyRequired, "Idempotency-Key")
TOKEN_INVALID = Refusal(401, "authentication", "pass_invalid", "抢购资格无效，请刷新页面")
TOKEN_MISSING = Refusal(
    401,
    "authentication",
    "pass_invalid",
    "缺少 Flash-Pass 请求头，请先领取抢购资格",
    param="Flash-Pass",
)
DEVICE_MISSING = Refusal(
    401,
    "authentication",
    "pass_invalid",
    "缺少 Flash-Device 请求头，须与领取抢购资格时的设备标识相同",
    param="Flash-Device",
)
TOKEN_EXPIRED = Refusal(401, "authentication", "pass_expired", "抢购资格已过期，请刷新页面")
RATE_LIMITED = Refusal(
    429, "rate_limit", "rate_limited", "操作太频繁，请稍后再试", headers=(RETRY_IN_WINDOW,)
)
SOLD_OUT = Refusal(409, "conflict", "sold_out", "已抢光")
GATE_CLOSED = Refusal(
    503, "unavailable", "gate_closed", "活动太火爆，请稍后再试", headers=(RETRY_AT_ONCE,)
)
BY_CODE = {
    "gate_closed": GATE_CLOSED,
    "pass_invalid": TOKEN_INVALID,
    "idempotency_key_reused": of_error(IdempotencyKeyReused, "Idempotency-Key"),
    "not_started": Refusal(409, "conflict", "not_started", "还没开始，请稍候"),
    "ended": Refusal(409, "conflict", "ended", "活动已结束"),
    "paused": Refusal(409, "conflict", "paused", "活动暂停中，请稍候"),
    "not_eligible": Refusal(403, "permission", "not_eligible", "本商品仅限新客购买"),
    "limit_reached": Refusal(409, "conflict", "limit_reached", "已达限购数量"),
    "sold_out": SOLD_OUT,
    "short": SOLD_OUT,
}
"""What the script says → what the shopper is told. `short`: some are left, but too few."""


def admitted(ticket: str, user_id: int, *, again: bool) -> Answer:
    """202: the attempt has its ticket. A repeat of it gets the same bytes."""
    body = b'{"ticket":"%b","status":"queued"}\n' % ticket.encode()
    return Answer(202, "202 ACCEPTED", body, REPLAYED if again else (), user_id)


def ticket_answer(
    ticket: str, status: str, *, order_no: str | None, reason: str | None, user_id: int
) -> Answer:
    """200: what has become of a ticket."""
    said = {"ticket": ticket, "status": status, "order_no": order_no, "reason": reason}
    body = json.dumps(said, **_COMPACT).encode() + b"\n"  # type: ignore[arg-type]
    return Answer(200, "200 OK", body, (), user_id)
