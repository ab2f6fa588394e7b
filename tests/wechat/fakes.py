"""WeChat's side over real HTTP, as little of it as these tests need, with keys of its own.

Not the simulator: every test here says itself what the other side answers, wrong answers
above all.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

APPID = "wx0123456789abcdef"
MCHID = "1900000001"
APIV3_KEY = "0123456789abcdefghijABCDEFGHIJ!?"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000000012024050100000000000001"

Answer = Callable[[Request], Response]


@dataclass(frozen=True)
class Keys:
    merchant: rsa.RSAPrivateKey
    wechat: rsa.RSAPrivateKey
    stranger: rsa.RSAPrivateKey

    @classmethod
    def generate(cls) -> Keys:
        return cls(*(rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in "123"))


def private_pem(key: rsa.RSAPrivateKey, *, pkcs1: bool = False) -> bytes:
    form = serialization.PrivateFormat
    return key.private_bytes(
        serialization.Encoding.PEM,
        form.TraditionalOpenSSL if pkcs1 else form.PKCS8,
        serialization.NoEncryption(),
    )


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def certificate(
    key: rsa.RSAPrivateKey, *, expired: bool = False, serial: int | None = None
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "platform")])
    now = datetime.now(UTC)
    ends = now - timedelta(days=1) if expired else now + timedelta(days=365)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        # The top bit of the first byte is kept clear: serials are positive.
        .serial_number(serial or int("5D" + secrets.token_hex(19), 16))
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )


def serial_of(issued: x509.Certificate) -> str:
    return f"{issued.serial_number:X}"


def rsa_sign(key: rsa.RSAPrivateKey, text: bytes) -> str:
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def signed_headers(
    key: rsa.RSAPrivateKey,
    body: bytes,
    *,
    serial: str = PUBLIC_KEY_ID,
    timestamp: str | None = None,
    nonce: str = "nonce-of-wechat",
) -> dict[str, str]:
    stamp = timestamp or str(int(time.time()))
    return {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": rsa_sign(key, f"{stamp}\n{nonce}\n".encode() + body + b"\n"),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def sealed(plain: bytes, associated_data: str | None = "transaction") -> dict[str, str]:
    nonce = secrets.token_hex(6)
    cipher = AESGCM(APIV3_KEY.encode())
    raw = cipher.encrypt(nonce.encode(), plain, (associated_data or "").encode())
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(raw).decode(),
        "nonce": nonce,
    }
    return resource if associated_data is None else {**resource, "associated_data": associated_data}


def callback_body(plain: object, **changes: Any) -> bytes:
    envelope = {
        "id": "e-1",
        "create_time": "2024-05-01T12:00:00+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS",
        "summary": "支付成功",
        "resource": {"original_type": "transaction", **sealed(json.dumps(plain).encode())},
    }
    return json.dumps({**envelope, **changes}, ensure_ascii=False).encode()


def certificates_reply(*issued: x509.Certificate) -> dict[str, Any]:
    entries = []
    for one in issued:
        pem = one.public_bytes(serialization.Encoding.PEM)
        entries.append(
            {
                "serial_no": serial_of(one),
                "effective_time": one.not_valid_before_utc.isoformat(),
                "expire_time": one.not_valid_after_utc.isoformat(),
                "encrypt_certificate": sealed(pem, "certificate"),
            }
        )
    return {"data": entries}


def payment(**changes: Any) -> dict[str, Any]:
    paid = {
        "appid": APPID,
        "mchid": MCHID,
        "out_trade_no": "T20240501000001",
        "transaction_id": "4200000000000001",
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "success_time": "2024-05-01T12:00:00+08:00",
        "payer": {"openid": "o-payer"},
        "amount": {"total": 100, "payer_total": 90, "currency": "CNY", "payer_currency": "CNY"},
    }
    return {**paid, **changes}


def refund(**changes: Any) -> dict[str, Any]:
    done = {
        "refund_id": "5030000000000001",
        "out_refund_no": "R20240501000001",
        "transaction_id": "4200000000000001",
        "out_trade_no": "T20240501000001",
        "channel": "ORIGINAL",
        "user_received_account": "招商银行信用卡0403",
        "create_time": "2024-05-01T13:00:00+08:00",
        "status": "PROCESSING",
        "amount": {"total": 100, "refund": 40, "payer_total": 90, "payer_refund": 36},
    }
    return {**done, **changes}


@dataclass
class FakeWechat:
    """Answers by path; `seen` holds every request's method, path with query, headers, body.

    `targets` holds what stood in the request line, before the path was decoded.
    """

    keys: Keys
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        body = request.get_data()
        query = environ.get("QUERY_STRING", "")
        wire_path = request.path + (f"?{query}" if query else "")
        self.targets.append(environ.get("REQUEST_URI", ""))
        self.seen.append((request.method, wire_path, dict(request.headers), body))
        answer = self.answers.get(request.path)
        response = answer(request) if answer else Response(status=404)
        return response(environ, start_response)

    def paths(self) -> list[str]:
        return [path.partition("?")[0] for _, path, _, _ in self.seen]

    def signed(
        self,
        body: object,
        status: int = 200,
        key: rsa.RSAPrivateKey | None = None,
        **how: Any,
    ) -> Answer:
        """An answer as WeChat Pay gives it: signed when 2xx, bare otherwise."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()

        def answer(_request: Request) -> Response:
            headers = {"Request-ID": "08F-1-268"}
            if status < 300:
                headers |= signed_headers(key or self.keys.wechat, raw, **how)
            return Response(raw, status, headers, content_type="application/json")

        return answer


def plain_json(body: object, status: int = 200) -> Answer:
    """An answer as the mini-program API gives it."""
    return lambda _request: Response(json.dumps(body), status, content_type="application/json")


SILENT_S = 10
"""Longer than any limit of these tests by so much that a busy machine changes nothing."""


def silent(_request: Request) -> Response:
    """An answer that comes when nobody waits for it any more."""
    time.sleep(SILENT_S)
    return Response("{}")


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Stay quiet."""


@contextmanager
def served(fake: FakeWechat) -> Iterator[FakeWechat]:
    server = make_server("127.0.0.1", 0, fake, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
