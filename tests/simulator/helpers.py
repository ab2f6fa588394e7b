"""A small shop that only listens, and a remote control for the simulator."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Flask, Response, request
from wechatpayv3 import WeChatPay, WeChatPayType
from werkzeug.serving import WSGIRequestHandler, make_server

from mall.wechat.simulator import Credentials, RunningSimulator

Doc = dict[str, Any]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@dataclass(frozen=True)
class Received:
    """One POST that reached the sink."""

    path: str
    args: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Sink:
    """Where callbacks arrive; answers `status` after `delay_s`, but 500 to the first `failing`."""

    url: str = ""
    status: int = 204
    delay_s: float = 0
    failing: int = 0
    received: list[Received] = field(default_factory=list)

    def clear(self) -> None:
        self.status, self.delay_s, self.failing = 204, 0, 0
        self.received.clear()

    def wait_for(self, count: int, timeout_s: float = 5) -> list[Received]:
        deadline = time.monotonic() + timeout_s
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.received) >= count, f"{len(self.received)} of {count} callbacks came"
        return self.received


@contextmanager
def run_sink() -> Iterator[Sink]:
    app, sink = Flask("sink"), Sink()

    @app.post("/<path:path>")
    def take(path: str) -> Response:
        sink.received.append(
            Received(
                request.path,
                request.args.to_dict(),
                dict(request.headers),
                request.get_data(),
                time.time(),
            )
        )
        failing = len(sink.received) <= sink.failing
        time.sleep(sink.delay_s)
        return Response(status=500 if failing else sink.status)

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    sink.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Control:
    """The control API over HTTP."""

    url: str

    def get(self, path: str, /, **params: str) -> Doc:
        return _json(requests.get(f"{self.url}/_control{path}", params=params, timeout=10))

    def post(self, path: str, status: int = 200, /, **body: Any) -> Doc:
        reply = requests.post(f"{self.url}/_control{path}", json=body, timeout=10)
        assert reply.status_code == status, reply.text
        return _json(reply)

    def fault(self, target: str, kind: str, **more: Any) -> Doc:
        return self.post("/faults", 201, target=target, kind=kind, **more)

    def wait(self, within: float = 0.3) -> None:
        assert self.post("/wait", seconds=5, within=within)["idle"]

    def callbacks(self, **params: str) -> list[Doc]:
        found = self.get("/callbacks", **params)["callbacks"]
        assert isinstance(found, list)
        return found

    def openid(self) -> str:
        return str(self.post("/login-codes")["openid"])

    def approve(self, number: str) -> Doc:
        return self.post(f"/payments/{number}/approve")


def _json(reply: requests.Response) -> Doc:
    body = reply.json()
    assert isinstance(body, dict)
    return body


def library(wechat: RunningSimulator, sink: Sink) -> WeChatPay:
    """The published client library as the simulator's merchant."""
    return library_of(wechat.credentials, wechat.url, f"{sink.url}/notify")


def library_of(credentials: Credentials, url: str, notify_url: str) -> WeChatPay:
    """The published client library: code that none of us wrote."""
    pay = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=credentials.mchid,
        private_key=credentials.file("merchant_key.pem").read_text(),
        cert_serial_no=credentials.mch_serial,
        appid=credentials.appid,
        apiv3_key=credentials.apiv3_key,
        notify_url=notify_url,
        timeout=(2, 5),
        public_key=credentials.file("wechat_pay_public_key.pem").read_text(),
        public_key_id=credentials.public_key_id,
    )
    pay._core._gate_way = url
    return pay


def order(pay: WeChatPay, number: str, openid: str, total: int = 100) -> tuple[int, str]:
    status, body = pay.pay(
        description="腾讯公仔",
        out_trade_no=number,
        amount={"total": total, "currency": "CNY"},
        payer={"openid": openid},
        attach="附加",
    )
    return status, body


def refund(
    pay: WeChatPay, number: str, refund_number: str, fen: int, total: int = 100
) -> tuple[int, str]:
    status, body = pay.refund(
        out_refund_no=refund_number,
        out_trade_no=number,
        amount={"refund": fen, "total": total, "currency": "CNY"},
        reason="商品已售完",
    )
    return status, body
