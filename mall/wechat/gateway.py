"""The gateway: everything the mall asks of WeChat, as features see it.

Features import the shapes and `gateway()` from here and nothing else of this package but
its errors. The clients behind it talk HTTP to WeChat or to the simulator; which one is a
matter of two addresses in the configuration.

Every call may raise, besides what its own docstring says, `WechatRefused` (nothing was
done), `WechatUnavailable` (nothing was done, repeat later) or `WechatUnknown` (may have
been done: query). Never call inside a database transaction. A ValueError is a bug of the
caller: an argument that WeChat could only refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from flask import Flask, current_app

from mall.wechat.bills import Bill, BillRow
from mall.wechat.fund_bills import FundFlowBill, FundFlowRow
from mall.wechat.mini_models import (
    DeliveryCompany,
    MiniSession,
    Parcel,
    PhoneNumber,
    ShippingReport,
    TextVerdict,
)
from mall.wechat.pay_models import Notification, Payment, PrepayRequest, Refund, RefundRequest
from mall.wechat.push import MessagePush, PushMessage
from mall.wechat.transfer_models import Transfer, TransferRequest

EXTENSION = "mall.wechat"

__all__ = [
    "EXTENSION",
    "Bill",
    "BillRow",
    "DeliveryCompany",
    "FundFlowBill",
    "FundFlowRow",
    "Gateway",
    "MessagePush",
    "MiniProgram",
    "MiniSession",
    "Notification",
    "Parcel",
    "Pay",
    "Payment",
    "PhoneNumber",
    "PrepayRequest",
    "PushMessage",
    "Refund",
    "RefundRequest",
    "ShippingReport",
    "TextVerdict",
    "Transfer",
    "TransferRequest",
    "gateway",
    "install",
]


class MiniProgram(Protocol):
    """The mini-program server API."""

    @property
    def appid(self) -> str: ...

    def code_to_session(self, code: str) -> MiniSession:
        """Trade a `wx.login` code, good once and for 5 minutes, for its owner.

        Never repeat it: after a WechatUnknown the client has to call `wx.login` again.
        Refusals: 40029 bad code, 40163 used code, 40226 user blocked by WeChat.
        """
        ...

    def phone_number(self, code: str, openid: str) -> PhoneNumber:
        """Trade a getPhoneNumber code of this user for the number. Costs quota.

        Refusals: 40029 bad code, WATERMARK_MISMATCH number of another mini-program.
        """
        ...

    def risk_rank(self, openid: str, scene: int, client_ip: str) -> int:
        """WeChat's risk of a user, 0 (none) to 4. `scene` 0 registration, 1 marketing abuse."""
        ...

    def check_text(
        self, openid: str, content: str, scene: int, nickname: str | None = None
    ) -> TextVerdict:
        """Moderate a text of at most 2,500 characters (a longer one is judged in parts).

        `scene` 1 profile, 2 comment, 3 forum, 4 social log. On any error the text goes to
        manual review, never straight out. Refusal 61010: the user wasn't here for 2 hours.
        """
        ...

    def check_picture(self, openid: str, address: str, scene: int) -> str:
        """Have a picture moderated; the trace id that the verdict's push will name.

        `address` can be downloaded by everybody, 10 MB at most; `scene` as for a text. The push
        (`wxa_media_check`) comes within 30 minutes, may be repeated, and may come before this
        returns. Asked again WeChat gives another trace id. Refusal 61010 as for a text. WeChat
        has no such check of videos.
        """
        ...

    def send_subscribe_message(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        page: str | None = None,
    ) -> str | None:
        """Send one subscribe message; texts are cut to what their keys allow.

        WeChat's number of the message (msgid), if it gives one: the push about its delivery
        names it.

        Refusals: 43101 no grant left (never repeat), 40003 openid, 47003 value refused.
        """
        ...

    def wxacode(self, scene: str, page: str | None, width: int = 430) -> bytes:
        """A mini-program code as an image (JPEG); it never expires.

        `scene` 1 to 32 of `0-9A-Za-z_=.-`, `page` without leading slash or query, `width`
        280 to 1280 pixels. Raises ValueError before the call otherwise.
        """
        ...

    def url_link(self, path: str, query: str, expire_days: int) -> str:
        """A link that opens a page from outside WeChat, for 1 to 30 days."""
        ...

    def report_shipping(self, report: ShippingReport) -> None:
        """Report a shipment, which settles the payment. The same report again is a success.

        Refusal 10060001 comes and goes just after paying: repeat it later. 10060002 already
        shipped, 10060003 correction used up, 10060004 state can't be shipped.
        """
        ...

    def delivery_companies(self) -> list[DeliveryCompany]:
        """Every carrier that WeChat knows."""
        ...


class Pay(Protocol):
    """WeChat Pay APIv3 of a direct merchant. Money is in fen."""

    @property
    def appid(self) -> str: ...

    @property
    def mchid(self) -> str: ...

    def prepay(self, request: PrepayRequest) -> str:
        """A prepay_id, good for 2 hours. The same request again gives a fresh one.

        Repeat it unchanged after WechatUnknown. Refusal OUT_TRADE_NO_USED: that number was
        asked for with other parameters.
        """
        ...

    def payment_params(self, prepay_id: str) -> dict[str, str]:
        """The arguments of `wx.requestPayment`: timeStamp, nonceStr, package, signType,
        paySign. No call is made."""
        ...

    def query_payment(self, out_trade_no: str) -> Payment | None:
        """What became of a payment; None when WeChat has no such order."""
        ...

    def close_payment(self, out_trade_no: str) -> bool:
        """Close an unpaid order. True: it is closed, and stays so.

        False: it isn't (paid, never created, or WeChat can't say): query it.
        """
        ...

    def refund(self, request: RefundRequest) -> Refund:
        """Ask for a refund; its `status` is usually PROCESSING.

        After WechatUnknown query, then repeat the very same request. Refusals: NOT_ENOUGH
        our balance is short (repeat later), RESOURCE_NOT_EXISTS no such paid order.
        """
        ...

    def query_refund(self, out_refund_no: str) -> Refund | None:
        """What became of a refund; None when WeChat has none of that number."""
        ...

    def transfer(self, request: TransferRequest) -> Transfer:
        """Ask for a transfer to a shopper; usually its receiver has to confirm it next.

        After WechatUnknown query, then repeat the very same request, for 3 days at most; a new
        number is right only once the old one has failed. Refusals: NOT_ENOUGH our balance is
        short (repeat later), ALREADY_EXISTS it is over (query), NO_AUTH no such scene.
        """
        ...

    def query_transfer(self, out_bill_no: str) -> Transfer | None:
        """What became of a transfer of the last 30 days; None when WeChat has none."""
        ...

    def cancel_transfer(self, out_bill_no: str) -> bool:
        """Take back a transfer that its receiver hasn't confirmed. True: it is being cancelled.

        False: it isn't (confirmed, over, or unknown): query it. Either way the end takes a query.
        """
        ...

    def transfer_params(self, package_info: str) -> dict[str, str]:
        """The arguments of `wx.requestMerchantTransfer`. No call is made."""
        ...

    def trade_bill(self, day: date) -> Bill:
        """The trade bill of a shop day, empty when nothing was traded.

        Ready after 10:00 of the next day, kept for 3 months. Until then WechatUnavailable.
        """
        ...

    def fund_flow_bill(self, day: date) -> FundFlowBill:
        """The fund-flow bill of the operation account, out of which transfers are paid, of a shop
        day; empty when nothing moved. Ready and kept like the trade bill; 3 calls a second.
        """
        ...

    def open_notification(self, headers: Mapping[str, str], raw_body: bytes) -> Notification:
        """Verify and decrypt a callback. Raises NotificationRejected and nothing else."""
        ...


@dataclass(frozen=True)
class Gateway:
    """The three faces of WeChat: what we ask, what we are paid by, what is pushed to us."""

    mini: MiniProgram
    pay: Pay
    push: MessagePush


def install(app: Flask, instance: Gateway) -> None:
    """Make `instance` the gateway of `app`; `clients.init_app` builds one and calls this."""
    app.extensions[EXTENSION] = instance


def gateway() -> Gateway:
    """The gateway of the current app. Raises RuntimeError when none was installed."""
    instance = current_app.extensions.get(EXTENSION)
    if not isinstance(instance, Gateway):
        raise RuntimeError("no WeChat gateway is installed in this app")
    return instance
