"""The `Pay` side of the gateway over WeChat Pay APIv3, for a direct merchant."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import secrets
import tempfile
import time
import zlib
from collections.abc import Mapping
from datetime import date
from typing import IO
from urllib.parse import urlencode, urlsplit

from mall.wechat.bills import Bill
from mall.wechat.errors import WechatRefused, WechatUnavailable, WechatUnknown
from mall.wechat.fund_bills import FundFlowBill
from mall.wechat.notifications import open_notification
from mall.wechat.pay_http import Merchant, PayHttp
from mall.wechat.pay_models import (
    Notification,
    Payment,
    PrepayRequest,
    Refund,
    RefundRequest,
    check_number,
)
from mall.wechat.signing import payment_text, seal, sign
from mall.wechat.transfer_models import Transfer, TransferRequest, check_bill_no
from mall.wechat.transport import Limits

PREPAY_PATH = "/v3/pay/transactions/jsapi"
ORDERS_PATH = "/v3/pay/transactions/out-trade-no"
REFUNDS_PATH = "/v3/refund/domestic/refunds"
TRANSFERS_PATH = "/v3/fund-app/mch-transfer/transfer-bills"
TRADE_BILL_PATH = "/v3/bill/tradebill"
FUND_FLOW_BILL_PATH = "/v3/bill/fundflowbill"

MAX_BILL_BYTES = 2 * 1024 * 1024 * 1024
IN_MEMORY = 1024 * 1024
_CHUNK = 65_536
BILL_LIMITS = Limits(read_s=30.0, total_s=600.0, max_bytes=MAX_BILL_BYTES)

# Said of an order that is paid, closed, or unknown: what it is then takes a query. Other
# refusals of a close are faults of ours (a bad signature, a bad parameter) and are raised.
_NOT_CLOSED = frozenset(
    {
        "ORDER_NOT_EXIST",
        "ORDER_CLOSED",
        "ORDER_PAID",
        "ORDERPAID",
        "INVALID_REQUEST",
        "RULE_LIMIT",
        "TRADE_ERROR",
    }
)


# Said of a transfer that is over, under way to its receiver, or unknown: a query tells which.
_NOT_CANCELLED = frozenset({"INVALID_REQUEST", "NOT_FOUND", "ALREADY_EXISTS"})


class PayClient:
    """Implements `gateway.Pay`; see there for what each call promises."""

    def __init__(self, merchant: Merchant, http: PayHttp) -> None:
        self._merchant = merchant
        self._http = http

    @property
    def appid(self) -> str:
        return self._merchant.appid

    @property
    def mchid(self) -> str:
        return self._merchant.mchid

    def prepay(self, request: PrepayRequest) -> str:
        reply = self._http.call("POST", PREPAY_PATH, request.body())
        prepay_id = reply.get("prepay_id")
        if not isinstance(prepay_id, str) or not prepay_id:
            raise WechatUnknown("a prepay reply without prepay_id")
        return prepay_id

    def payment_params(self, prepay_id: str) -> dict[str, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        text = payment_text(self.appid, timestamp, nonce, prepay_id)
        return {
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": f"prepay_id={prepay_id}",
            "signType": "RSA",
            "paySign": sign(self._merchant.private_key, text),
        }

    def query_payment(self, out_trade_no: str) -> Payment | None:
        number = check_number(out_trade_no, "out_trade_no")
        try:
            reply = self._http.call("GET", f"{ORDERS_PATH}/{number}?mchid={self.mchid}")
        except WechatRefused as refused:
            if refused.code == "ORDER_NOT_EXIST":
                return None
            raise
        payment = Payment.from_wechat(reply)
        if payment.out_trade_no != number:
            raise WechatUnknown("a query was answered about another payment")
        return payment

    def close_payment(self, out_trade_no: str) -> bool:
        number = check_number(out_trade_no, "out_trade_no")
        try:
            self._http.call("POST", f"{ORDERS_PATH}/{number}/close", {"mchid": self.mchid})
        except WechatRefused as refused:
            if refused.code in _NOT_CLOSED:
                return False
            raise
        return True

    def refund(self, request: RefundRequest) -> Refund:
        reply = Refund.from_wechat(self._http.call("POST", REFUNDS_PATH, request.body()))
        return _about(reply, request.out_refund_no)

    def query_refund(self, out_refund_no: str) -> Refund | None:
        number = check_number(out_refund_no, "out_refund_no")
        try:
            reply = self._http.call("GET", f"{REFUNDS_PATH}/{number}")
        except WechatRefused as refused:
            if refused.code == "RESOURCE_NOT_EXISTS":
                return None
            raise
        return _about(Refund.from_wechat(reply), number)

    def transfer(self, request: TransferRequest) -> Transfer:
        sealed_name, serial = None, None
        if request.user_name is not None:
            serial, key = self._http.sealing_key()
            sealed_name = seal(key, request.user_name)
        body = request.body(sealed_name)
        reply = self._http.call("POST", TRANSFERS_PATH, body, sealed_with=serial)
        return _about_transfer(Transfer.from_wechat(reply), request.out_bill_no)

    def query_transfer(self, out_bill_no: str) -> Transfer | None:
        number = check_bill_no(out_bill_no)
        try:
            reply = self._http.call("GET", f"{TRANSFERS_PATH}/out-bill-no/{number}")
        except WechatRefused as refused:
            if refused.code == "NOT_FOUND":
                return None
            raise
        return _about_transfer(Transfer.from_wechat(reply), number)

    def cancel_transfer(self, out_bill_no: str) -> bool:
        number = check_bill_no(out_bill_no)
        try:
            self._http.call("POST", f"{TRANSFERS_PATH}/out-bill-no/{number}/cancel")
        except WechatRefused as refused:
            if refused.code in _NOT_CANCELLED:
                return False
            raise
        return True

    def transfer_params(self, package_info: str) -> dict[str, str]:
        return {"mchId": self.mchid, "appId": self.appid, "package": package_info}

    def trade_bill(self, day: date) -> Bill:
        return Bill(day=day, file=self._bill(TRADE_BILL_PATH, day, bill_type="ALL"))

    def fund_flow_bill(self, day: date) -> FundFlowBill:
        file = self._bill(FUND_FLOW_BILL_PATH, day, account_type="OPERATION")
        return FundFlowBill(day=day, file=file)

    def open_notification(self, headers: Mapping[str, str], raw_body: bytes) -> Notification:
        return open_notification(
            headers,
            raw_body,
            find_key=self._http.keys.find,
            apiv3_key=self._merchant.apiv3_key,
        )

    def _bill(self, path: str, day: date, **more: str) -> IO[bytes] | None:
        query = urlencode({"bill_date": day.isoformat(), **more, "tar_type": "GZIP"})
        try:
            ticket = self._http.call("GET", f"{path}?{query}")
        except WechatRefused as refused:
            if refused.code == "NO_STATEMENT_EXIST":
                return None
            if refused.code == "STATEMENT_CREATING":
                raise WechatUnavailable("the bill isn't ready yet") from None
            raise
        return self._bill_file(ticket)

    def _bill_file(self, ticket: Mapping[str, object]) -> IO[bytes]:
        url, digest = ticket.get("download_url"), ticket.get("hash_value")
        if not isinstance(url, str) or not isinstance(digest, str):
            raise WechatUnknown("a bill ticket without address or hash")
        with _scratch() as packed:
            self._http.download(_path_of(url), BILL_LIMITS, packed)
            content, actual = _unpacked(packed)
        if not hmac.compare_digest(actual.encode(), digest.lower().encode()):
            content.close()
            raise WechatUnknown("a bill that doesn't match its hash")
        return content


def _about(refund: Refund, out_refund_no: str) -> Refund:
    if refund.out_refund_no != out_refund_no:
        raise WechatUnknown("a call was answered about another refund")
    return refund


def _about_transfer(transfer: Transfer, out_bill_no: str) -> Transfer:
    if transfer.out_bill_no != out_bill_no:
        raise WechatUnknown("a call was answered about another transfer")
    return transfer


def _path_of(url: str) -> str:
    """The path and query of a download address; it is always asked of our own base address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if not parts.path.startswith("/"):
        raise WechatUnknown("a bill with an address that can't be read")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _scratch() -> IO[bytes]:
    """A file without a name, on the disk once it is large."""
    return tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)


def _unpacked(packed: IO[bytes]) -> tuple[IO[bytes], str]:
    """The plain file and its SHA1, which WeChat takes of the uncompressed one."""
    packed.seek(0)
    is_gzip = packed.read(2) == b"\x1f\x8b"
    packed.seek(0)
    source = gzip.GzipFile(fileobj=packed, mode="rb") if is_gzip else packed
    plain, digest = _scratch(), hashlib.sha1(usedforsecurity=False)
    try:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            plain.write(chunk)
            if plain.tell() > MAX_BILL_BYTES:
                raise EOFError
    except (OSError, EOFError, zlib.error):
        plain.close()
    if plain.closed:
        raise WechatUnknown("a bill that can't be unpacked")
    return plain, digest.hexdigest()
