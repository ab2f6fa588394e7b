"""WeChat Pay over real HTTP: what each answer lets the caller conclude."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from werkzeug import Request, Response

from mall.wechat.errors import WechatError, WechatRefused, WechatUnavailable, WechatUnknown
from mall.wechat.pay_client import (
    ORDERS_PATH,
    PREPAY_PATH,
    REFUNDS_PATH,
    PayClient,
)
from mall.wechat.pay_models import PrepayRequest, RefundRequest
from tests.wechat.conftest import MakePay
from tests.wechat.fakes import (
    APPID,
    MCHID,
    PUBLIC_KEY_ID,
    SILENT_S,
    FakeWechat,
    payment,
    refund,
    signed_headers,
    silent,
)

NO = "T20240501000001"
REFUND_NO = "R20240501000001"
ORDER_PATH = f"{ORDERS_PATH}/{NO}"


def prepay_request(**changes: Any) -> PrepayRequest:
    fields: dict[str, Any] = {
        "appid": APPID,
        "mchid": MCHID,
        "description": "雪糕 一箱",
        "out_trade_no": NO,
        "total_fen": 100,
        "openid": "o-payer",
        "notify_url": "https://mall.example/callbacks/wechat/payments",
        "time_expire": datetime(2024, 5, 1, 4, 30, tzinfo=UTC),
        "client_ip": "203.0.113.9",
    }
    return PrepayRequest(**{**fields, **changes})


def refund_request(**changes: Any) -> RefundRequest:
    fields: dict[str, Any] = {
        "out_trade_no": NO,
        "out_refund_no": REFUND_NO,
        "refund_fen": 40,
        "total_fen": 100,
        "notify_url": "https://mall.example/callbacks/wechat/refunds",
        "reason": "七天无理由" * 10,
    }
    return RefundRequest(**{**fields, **changes})


def error(code: str, status: int) -> Callable[[Request], Response]:
    body = json.dumps({"code": code, "message": "不行"})
    return lambda _request: Response(body, status, content_type="application/json")


class TestRequests:
    def test_a_stored_body_rebuilds_the_very_same_request(self) -> None:
        request = prepay_request(attach="order")
        stored = json.loads(json.dumps(request.body()))
        assert PrepayRequest.from_body(stored).body() == request.body()
        assert stored["time_expire"] == "2024-05-01T12:30:00+08:00"
        assert stored["amount"] == {"total": 100, "currency": "CNY"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"out_trade_no": "short"},
            {"out_trade_no": "x" * 33},
            {"out_trade_no": "../../v3/x"},
            {"out_trade_no": "T2024|1"},
            {"out_trade_no": "T20240501\n"},
            {"total_fen": 0},
            {"notify_url": "https://mall.example/x?y=1"},
        ],
    )
    def test_what_wechat_could_only_refuse(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            prepay_request(**changes)

    def test_a_naive_expiry_is_a_bug(self) -> None:
        with pytest.raises(ValueError, match="naive"):
            prepay_request(time_expire=datetime(2024, 5, 1)).body()  # noqa: DTZ001

    def test_a_refund_always_names_its_notify_url_and_a_short_reason(self) -> None:
        body = refund_request().body()
        assert body["notify_url"].endswith("/refunds")
        assert len(body["reason"].encode()) == 78
        with pytest.raises(ValueError, match="no more than was paid"):
            refund_request(refund_fen=101)

    @pytest.mark.parametrize(
        "number", ["../../../secret", "a b c d e f", "T2024%2F1", "", "单号一二三四"]
    )
    def test_no_odd_number_gets_into_a_path(
        self, pay: PayClient, wechat: FakeWechat, number: str
    ) -> None:
        for call in (pay.query_payment, pay.close_payment, pay.query_refund):
            with pytest.raises(ValueError, match="must be"):
                call(number)
        assert wechat.seen == []


class TestAnswers:
    def test_prepay(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[PREPAY_PATH] = wechat.signed({"prepay_id": "wx26"})
        assert pay.prepay(prepay_request()) == "wx26"
        method, path, headers, body = wechat.seen[0]
        assert (method, path) == ("POST", PREPAY_PATH)
        assert json.loads(body) == prepay_request().body()
        assert headers["Content-Type"] == headers["Accept"] == "application/json"
        assert headers["Wechatpay-Serial"] == PUBLIC_KEY_ID
        assert headers["User-Agent"]

    def test_query(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[ORDER_PATH] = wechat.signed(payment())
        found = pay.query_payment(NO)
        assert found is not None
        assert found.is_paid
        assert wechat.seen[0][1] == f"{ORDER_PATH}?mchid={MCHID}"

    def test_query_of_an_unpaid_order_without_optional_fields(
        self, pay: PayClient, wechat: FakeWechat
    ) -> None:
        bare = {"appid": APPID, "mchid": MCHID, "out_trade_no": NO, "trade_state": "NOTPAY"}
        wechat.answers[ORDER_PATH] = wechat.signed(bare)
        found = pay.query_payment(NO)
        assert found is not None
        assert not found.is_paid
        assert (found.transaction_id, found.openid, found.success_time) == (None, None, None)

    def test_absent_is_none(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[ORDER_PATH] = error("ORDER_NOT_EXIST", 404)
        wechat.answers[f"{REFUNDS_PATH}/{REFUND_NO}"] = error("RESOURCE_NOT_EXISTS", 404)
        assert pay.query_payment(NO) is None
        assert pay.query_refund(REFUND_NO) is None

    def test_close(self, pay: PayClient, wechat: FakeWechat) -> None:
        path = f"{ORDER_PATH}/close"
        wechat.answers[path] = wechat.signed(b"", 204)
        assert pay.close_payment(NO) is True
        for code, status in (("INVALID_REQUEST", 400), ("TRADE_ERROR", 403)):
            wechat.answers[path] = error(code, status)
            assert pay.close_payment(NO) is False
        wechat.answers[path] = error("SIGN_ERROR", 401)
        with pytest.raises(WechatRefused):
            pay.close_payment(NO)

    def test_refund_and_its_query(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[REFUNDS_PATH] = wechat.signed(refund())
        wechat.answers[f"{REFUNDS_PATH}/{REFUND_NO}"] = wechat.signed(refund(status="SUCCESS"))
        assert pay.refund(refund_request()).status == "PROCESSING"
        done = pay.query_refund(REFUND_NO)
        assert done is not None
        assert done.status == "SUCCESS"

    def test_an_answer_about_something_else_is_unknown(
        self, pay: PayClient, wechat: FakeWechat
    ) -> None:
        wechat.answers[REFUNDS_PATH] = wechat.signed(refund(out_refund_no="R-of-another"))
        wechat.answers[ORDER_PATH] = wechat.signed(payment(out_trade_no="T-of-another"))
        with pytest.raises(WechatUnknown):
            pay.refund(refund_request())
        with pytest.raises(WechatUnknown):
            pay.query_payment(NO)


STATUSES: list[tuple[int, str, type[WechatError], type[WechatError]]] = [
    # status, code, of a POST, of a GET
    (400, "PARAM_ERROR", WechatRefused, WechatRefused),
    (401, "SIGN_ERROR", WechatRefused, WechatRefused),
    (403, "NOT_ENOUGH", WechatRefused, WechatRefused),
    (404, "RESOURCE_NOT_EXISTS", WechatRefused, WechatRefused),
    (429, "FREQUENCY_LIMITED", WechatUnknown, WechatUnavailable),
    (403, "FREQUENCY_LIMIT_EXCEED", WechatUnknown, WechatUnavailable),
    (500, "SYSTEM_ERROR", WechatUnknown, WechatUnknown),
    (400, "SYSTEM_ERROR", WechatUnknown, WechatUnknown),
    (502, "", WechatUnknown, WechatUnknown),
    (403, "", WechatUnknown, WechatUnknown),
    (202, "ACCEPTED", WechatUnknown, WechatUnknown),
    (302, "", WechatUnknown, WechatUnknown),
]


@pytest.mark.parametrize(("status", "code", "of_post", "of_get"), STATUSES)
def test_what_each_status_means(  # noqa: PLR0917
    pay: PayClient,
    wechat: FakeWechat,
    status: int,
    code: str,
    of_post: type[WechatError],
    of_get: type[WechatError],
) -> None:
    answer = error(code, status) if code else (lambda _r: Response("<html>", status))
    wechat.answers[REFUNDS_PATH] = wechat.answers[ORDER_PATH] = answer
    with pytest.raises(WechatError) as posted:
        pay.refund(refund_request())
    with pytest.raises(WechatError) as got:
        pay.query_payment(NO)
    assert (type(posted.value), type(got.value)) == (of_post, of_get)


class TestUntrustedReplies:
    def refused(self, pay: PayClient) -> str:
        with pytest.raises(WechatUnknown) as unknown:
            pay.refund(refund_request())
        return str(unknown.value)

    def test_probe(self, pay: PayClient, wechat: FakeWechat) -> None:
        def answer(_request: Request) -> Response:
            raw = json.dumps(refund()).encode()
            headers = signed_headers(wechat.keys.wechat, raw)
            probe = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]
            return Response(raw, 200, {**headers, "Wechatpay-Signature": probe})

        wechat.answers[REFUNDS_PATH] = answer
        assert "probe" in self.refused(pay)

    def test_unsigned(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[REFUNDS_PATH] = lambda _r: Response(json.dumps(refund()), 200)
        assert "no_timestamp" in self.refused(pay)

    def test_a_strangers_signature(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[REFUNDS_PATH] = wechat.signed(refund(), key=wechat.keys.stranger)
        assert ": signature" in self.refused(pay)

    def test_stale(self, pay: PayClient, wechat: FakeWechat) -> None:
        stamp = str(int(time.time()) - 400)
        wechat.answers[REFUNDS_PATH] = wechat.signed(refund(), timestamp=stamp)
        assert "stale" in self.refused(pay)

    def test_an_unsigned_204(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[f"{ORDER_PATH}/close"] = lambda _r: Response(b"", 204)
        with pytest.raises(WechatUnknown):
            pay.close_payment(NO)

    @pytest.mark.parametrize("raw", [b"", b"[]", b"<xml/>", b"{}", b'{"amount":null}'])
    def test_signed_nonsense(self, pay: PayClient, wechat: FakeWechat, raw: bytes) -> None:
        wechat.answers[REFUNDS_PATH] = wechat.signed(raw)
        self.refused(pay)


class TestNetwork:
    def test_no_listener_is_surely_not_done(self, make_pay: MakePay) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with pytest.raises(WechatUnavailable):
            make_pay(url=f"http://127.0.0.1:{port}").refund(refund_request())

    def test_silence_is_unknown(self, pay: PayClient, wechat: FakeWechat) -> None:
        wechat.answers[REFUNDS_PATH] = silent
        before = time.monotonic()
        with pytest.raises(WechatUnknown) as unknown:
            pay.refund(refund_request())
        assert time.monotonic() - before < 0.9
        assert unknown.value.__cause__ is unknown.value.__context__ is None

    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
            b"nonsense\r\n\r\n",
        ],
    )
    def test_a_connection_cut_after_sending_is_unknown(
        self, make_pay: MakePay, sent: bytes
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def cut() -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(sent)

            thread = threading.Thread(target=cut, daemon=True)
            thread.start()
            client = make_pay(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
            with pytest.raises(WechatUnknown):
                client.refund(refund_request())
            thread.join(2)

    def test_a_dripping_reply_ends(self, pay: PayClient, wechat: FakeWechat) -> None:
        def drip() -> Any:
            for _ in range(10 * SILENT_S):
                time.sleep(0.1)
                yield b" "

        wechat.answers[REFUNDS_PATH] = lambda _r: Response(drip(), 200)
        before = time.monotonic()
        with pytest.raises(WechatUnknown):
            pay.refund(refund_request())
        assert time.monotonic() - before < 2.5

    def test_connections_are_kept(self, make_pay: MakePay, wechat: FakeWechat) -> None:
        ports = set()

        # Not werkzeug's server: that one closes after every answer.
        class Keeping(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                ports.add(self.client_address[1])
                raw = json.dumps(payment()).encode()
                self.send_response(200)
                for name, value in signed_headers(wechat.keys.wechat, raw).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Keeping) as server:
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            pay = make_pay(url=f"http://127.0.0.1:{server.server_port}")
            found = [pay.query_payment(NO) for _ in range(5)]
            server.shutdown()
        assert len(found) == 5
        assert len(ports) == 1
