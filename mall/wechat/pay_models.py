"""The shapes that go to and come from WeChat Pay APIv3. Money is in fen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mall.wechat.errors import WechatUnknown
from mall.wechat.times import parse_rfc3339, rfc3339

PAID_STATES = frozenset({"SUCCESS", "REFUND"})
_NUMBER = re.compile(r"[0-9A-Za-z_-]{6,64}", re.ASCII)


def check_number(number: str, name: str, at_most: int = 64) -> str:
    """`number` itself, when it may stand in a path of WeChat Pay.

    Narrower than WeChat's own rule: `|` and `*` would be re-encoded after signing, and a
    dot or a slash would be another path. Raises ValueError.
    """
    if not _NUMBER.fullmatch(number) or len(number) > at_most:
        raise ValueError(f"{name} must be 6 to {at_most} of 0-9 A-Z a-z _ -")
    return number


@dataclass(frozen=True, kw_only=True)
class PrepayRequest:
    """One payment attempt, as it is asked for.

    WeChat gives a fresh prepay_id for the same `out_trade_no` only while every parameter
    is the same, so store `body()` with the attempt and rebuild it by `from_body`. All
    amounts in fen; `time_expire` is aware (1 minute to 15 days ahead), `notify_url` is
    https without a query string. `description` is cut to 127 characters. Raises ValueError
    for what WeChat could only refuse.
    """

    appid: str
    mchid: str
    description: str
    out_trade_no: str
    total_fen: int
    openid: str = field(repr=False)
    notify_url: str
    time_expire: datetime
    attach: str | None = None
    client_ip: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_number(self.out_trade_no, "out_trade_no", at_most=32)
        if self.total_fen <= 0:
            raise ValueError("WeChat takes no payment of nothing")
        if "?" in self.notify_url:
            raise ValueError("notify_url can't have a query")

    def body(self) -> dict[str, Any]:
        """The JSON body of `/v3/pay/transactions/jsapi`; the same request, the same body."""
        body: dict[str, Any] = {
            "appid": self.appid,
            "mchid": self.mchid,
            "description": self.description[:127],
            "out_trade_no": self.out_trade_no,
            "time_expire": rfc3339(self.time_expire),
            "notify_url": self.notify_url,
            "amount": {"total": self.total_fen, "currency": "CNY"},
            "payer": {"openid": self.openid},
        }
        if self.attach is not None:
            body["attach"] = self.attach
        if self.client_ip is not None:
            body["scene_info"] = {"payer_client_ip": self.client_ip}
        return body

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> PrepayRequest:
        """The request whose `body()` was stored. Raises KeyError or ValueError on another."""
        return cls(
            appid=body["appid"],
            mchid=body["mchid"],
            description=body["description"],
            out_trade_no=body["out_trade_no"],
            total_fen=body["amount"]["total"],
            openid=body["payer"]["openid"],
            notify_url=body["notify_url"],
            time_expire=parse_rfc3339(body["time_expire"]),
            attach=body.get("attach"),
            client_ip=body.get("scene_info", {}).get("payer_client_ip"),
        )


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """One refund, as it is asked for. Repeat it only with every parameter the same.

    `total_fen` is what the payment was, `refund_fen` what goes back. `notify_url` is
    always sent: without it WeChat calls the console's address in the format of v2.
    `reason` is cut to 80 bytes of UTF-8, never inside a character. `funds_account` is AVAILABLE
    for money that is settled, UNSETTLED (WeChat's default) for what isn't yet. Raises ValueError
    for what WeChat could only refuse.
    """

    out_trade_no: str
    out_refund_no: str
    refund_fen: int
    total_fen: int
    notify_url: str
    reason: str | None = None
    funds_account: str | None = None

    def __post_init__(self) -> None:
        check_number(self.out_trade_no, "out_trade_no", at_most=32)
        check_number(self.out_refund_no, "out_refund_no")
        if not 0 < self.refund_fen <= self.total_fen:
            raise ValueError("a refund is of more than nothing and of no more than was paid")

    def body(self) -> dict[str, Any]:
        """The JSON body of `/v3/refund/domestic/refunds`."""
        body: dict[str, Any] = {
            "out_trade_no": self.out_trade_no,
            "out_refund_no": self.out_refund_no,
            "notify_url": self.notify_url,
            "amount": {"refund": self.refund_fen, "total": self.total_fen, "currency": "CNY"},
        }
        if self.funds_account is not None:
            body["funds_account"] = self.funds_account
        if self.reason:
            body["reason"] = self.reason.encode()[:80].decode(errors="ignore")
        return body


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What WeChat says about a payment, in a query's reply or in a callback.

    `total_fen` is what was ordered; `payer_total_fen` is less when WeChat's own coupons
    paid a part, so compare the former with our order.
    """

    appid: str
    mchid: str
    out_trade_no: str
    transaction_id: str | None
    trade_state: str
    total_fen: int
    payer_total_fen: int | None
    currency: str
    openid: str | None = field(repr=False)
    success_time: datetime | None
    raw: dict[str, Any] = field(repr=False)

    @property
    def is_paid(self) -> bool:
        """True once money came in; a refund, even a full one, doesn't undo that."""
        return self.trade_state in PAID_STATES

    @classmethod
    def from_wechat(cls, resource: Mapping[str, Any]) -> Payment:
        """Decode a query's reply or a `TRANSACTION.SUCCESS` resource.

        Raises WechatUnknown when a field is missing or of another type.
        """
        try:
            # An unpaid order's reply may leave out the payer, the amount and the times.
            amount = resource.get("amount") or {}
            if resource["trade_state"] in PAID_STATES and "total" not in amount:
                raise ValueError("paid, but how much?")
            return cls(
                appid=_text(resource["appid"]),
                mchid=_text(resource["mchid"]),
                out_trade_no=_text(resource["out_trade_no"]),
                transaction_id=_optional_text(resource.get("transaction_id")),
                trade_state=_text(resource["trade_state"]),
                total_fen=_fen(amount.get("total", 0)),
                payer_total_fen=_optional_fen(amount.get("payer_total")),
                currency=_text(amount.get("currency", "CNY")),
                openid=_optional_text((resource.get("payer") or {}).get("openid")),
                success_time=_optional_time(resource.get("success_time")),
                raw=dict(resource),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            fault = WechatUnknown("a payment that can't be read")
        raise fault


@dataclass(frozen=True, kw_only=True)
class Refund:
    """What WeChat says about a refund, in a reply or in a callback.

    `status` is PROCESSING, SUCCESS, CLOSED or ABNORMAL. `mchid` comes with callbacks only,
    `create_time` (when WeChat took it on, by which a bill dates it) with replies only.
    """

    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    status: str
    refund_fen: int
    total_fen: int
    payer_refund_fen: int | None
    success_time: datetime | None
    create_time: datetime | None
    mchid: str | None
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def from_wechat(cls, resource: Mapping[str, Any]) -> Refund:
        """Decode a reply (`status`) or a `REFUND.*` resource (`refund_status`).

        Raises WechatUnknown when a field is missing or of another type.
        """
        try:
            amount = resource["amount"]
            status = resource["status"] if "status" in resource else resource["refund_status"]
            return cls(
                out_refund_no=_text(resource["out_refund_no"]),
                refund_id=_text(resource["refund_id"]),
                out_trade_no=_text(resource["out_trade_no"]),
                transaction_id=_text(resource["transaction_id"]),
                status=_text(status),
                refund_fen=_fen(amount["refund"]),
                total_fen=_fen(amount["total"]),
                payer_refund_fen=_optional_fen(amount.get("payer_refund")),
                success_time=_optional_time(resource.get("success_time")),
                create_time=_optional_time(resource.get("create_time")),
                mchid=_optional_text(resource.get("mchid")),
                raw=dict(resource),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            fault = WechatUnknown("a refund that can't be read")
        raise fault


@dataclass(frozen=True, kw_only=True)
class Notification:
    """A verified and decrypted callback. `resource` is what its event is about.

    `id` is the same in every delivery of one notification. `create_time` is None when
    WeChat wrote one that isn't RFC 3339: not a ground to refuse what is signed.
    """

    id: str
    event_type: str
    resource: dict[str, Any] = field(repr=False)
    create_time: datetime | None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None or value == "" else _text(value)


def _fen(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value


def _optional_fen(value: object) -> int | None:
    return None if value is None else _fen(value)


def _optional_time(value: object) -> datetime | None:
    return None if value is None or value == "" else parse_rfc3339(_text(value))
