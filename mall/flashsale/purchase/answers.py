"""The answers of attempts and polls as ready bytes: what Flask's `jsonify` would make of them."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import NamedTuple

from mall.flashsale.purchase.errors import (
    Ended,
    GateClosed,
    LimitReached,
    NotEligible,
    NotStarted,
    PassExpired,
    PassInvalid,
    Paused,
    RateLimited,
    SoldOut,
)
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


def of_error(
    error: type[MallError],
    message: str | None = None,
    *,
    param: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Refusal:
    said = message or error.message
    return Refusal(error.status, error.type, error.code, said, param=param, headers=headers)


KEY_REQUIRED = of_error(IdempotencyKeyRequired, param="Idempotency-Key")
TOKEN_INVALID = of_error(PassInvalid)
TOKEN_MISSING = of_error(
    PassInvalid, "缺少 Flash-Pass 请求头，请先领取抢购资格", param="Flash-Pass"
)
DEVICE_MISSING = of_error(
    PassInvalid, "缺少 Flash-Device 请求头，须与领取抢购资格时的设备标识相同", param="Flash-Device"
)
TOKEN_EXPIRED = of_error(PassExpired)
RATE_LIMITED = of_error(RateLimited, headers=(RETRY_IN_WINDOW,))
SOLD_OUT = of_error(SoldOut)
GATE_CLOSED = of_error(GateClosed, headers=(RETRY_AT_ONCE,))
BY_CODE = {
    "gate_closed": GATE_CLOSED,
    "pass_invalid": TOKEN_INVALID,
    "idempotency_key_reused": of_error(IdempotencyKeyReused, param="Idempotency-Key"),
    "not_started": of_error(NotStarted),
    "ended": of_error(Ended),
    "paused": of_error(Paused),
    "not_eligible": of_error(NotEligible),
    "limit_reached": of_error(LimitReached),
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
