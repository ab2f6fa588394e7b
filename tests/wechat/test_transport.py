"""The transport over real sockets: sizes, redirects, certificates, proxies, forged addresses."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from werkzeug import Response
from werkzeug.serving import make_server

from mall.wechat.errors import WechatUnavailable, WechatUnknown
from mall.wechat.transport import Limits, Transport
from tests.wechat.fakes import FakeWechat, Keys, private_pem

FAST = Limits(connect_s=0.5, read_s=0.5, total_s=1.5, max_bytes=10_000)


@pytest.fixture(autouse=True)
def no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TestSize:
    @pytest.mark.parametrize("packed", [False, True])
    def test_a_reply_has_a_most(self, wechat: FakeWechat, packed: bool) -> None:
        """Counted as unpacked, so that a small packed body can't fill the memory."""
        raw = bytes(10_001)
        headers = {"Content-Encoding": "gzip"} if packed else {}
        body = gzip.compress(raw) if packed else raw
        wechat.answers["/big"] = lambda _r: Response(body, 200, headers)
        with pytest.raises(WechatUnknown, match="ReplyTooLarge") as unknown:
            Transport(wechat.url, FAST).send("GET", "/big", headers={})
        assert unknown.value.__context__ is None

    def test_a_packed_reply_is_unpacked(self, wechat: FakeWechat) -> None:
        body = gzip.compress(bytes(10_000))
        wechat.answers["/x"] = lambda _r: Response(body, 200, {"Content-Encoding": "gzip"})
        assert Transport(wechat.url, FAST).send("GET", "/x", headers={}).content == bytes(10_000)

    def test_only_a_good_body_is_written_to_the_file(self, wechat: FakeWechat) -> None:
        transport = Transport(wechat.url, FAST)
        wechat.answers["/good"] = lambda _r: Response(b"rows", 200)
        wechat.answers["/bad"] = lambda _r: Response(b"error", 404)
        file = BytesIO()
        assert transport.send("GET", "/bad", headers={}, into=file).content == b"error"
        assert transport.send("GET", "/good", headers={}, into=file).content == b""
        assert file.getvalue() == b"rows"


class TestAddress:
    def test_no_redirect_is_followed(self, wechat: FakeWechat) -> None:
        wechat.answers["/a"] = lambda _r: Response(status=302, headers={"Location": "/b"})
        reply = Transport(wechat.url, FAST).send("GET", "/a", headers={})
        assert (reply.status, reply.headers["LOCATION"]) == (302, "/b")
        assert wechat.paths() == ["/a"]

    def test_what_is_signed_is_what_is_sent(self, wechat: FakeWechat) -> None:
        signed: list[str] = []

        def authorize(path: str) -> str:
            signed.append(path)
            return "x"

        transport = Transport(wechat.url + "/base/", FAST)
        for path in ("/单 号", "/a|b?c=d e", "/a/../b", "/%2f%2F?x=%e5"):
            transport.send("GET", path, headers={}, authorize=authorize)
        transport.send("GET", "/q", headers={}, params={"k": "v &"}, authorize=authorize)
        # The raw target as the server read it, before WSGI decodes the path.
        assert len(signed) == len(wechat.targets)
        assert signed == wechat.targets
        assert all(target.startswith("/base/") for target in signed)

    def test_nothing_is_sent_twice(self, wechat: FakeWechat) -> None:
        wechat.answers["/busy"] = lambda _r: Response(status=503, headers={"Retry-After": "0"})
        assert Transport(wechat.url, FAST).send("GET", "/busy", headers={}).status == 503
        assert len(wechat.seen) == 1

    @pytest.mark.parametrize("base", ["http://no-such-host.invalid", "http://127.0.0.1:1"])
    def test_nobody_there(self, base: str) -> None:
        with pytest.raises(WechatUnavailable):
            Transport(base, FAST).send("GET", "/", headers={})


@contextmanager
def served_with_tls(wechat: FakeWechat, folder: Path) -> Iterator[str]:
    """The address of a server with a certificate of its own for 127.0.0.1 only."""
    key, now = wechat.keys.stranger, datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    issued = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(issued.public_bytes(Encoding.PEM))
    secret.write_bytes(private_pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    server = make_server("127.0.0.1", 0, wechat, threaded=True, ssl_context=context)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


class TestCertificates:
    @pytest.fixture
    def address(self, keys: Keys, tmp_path: Path) -> Iterator[str]:
        fake = FakeWechat(keys, {"/x": lambda _r: Response(b"ok")})
        with served_with_tls(fake, tmp_path) as url:
            yield url

    def test_one_that_nobody_vouches_for(self, address: str) -> None:
        with pytest.raises(WechatUnavailable, match="SSLError"):
            Transport(address, FAST).send("GET", "/x", headers={})

    def test_one_that_the_operator_vouches_for(
        self, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert Transport(address, FAST).send("GET", "/x", headers={}).content == b"ok"

    def test_one_of_another_host(
        self, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        other = address.replace("127.0.0.1", "localhost")
        with pytest.raises(WechatUnavailable, match="SSLError"):
            Transport(other, FAST).send("GET", "/x", headers={})


class TestProxies:
    def test_plain_http_and_this_machine_need_none(
        self, wechat: FakeWechat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        wechat.answers["/x"] = lambda _r: Response(b"ok")
        assert Transport(wechat.url, FAST).send("GET", "/x", headers={}).content == b"ok"

    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
    def test_https_goes_through_the_proxy(
        self, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        asked: list[bytes] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def refuse() -> None:
                connection, _ = listener.accept()
                with connection:
                    asked.append(connection.recv(65_536))
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

            thread = threading.Thread(target=refuse, daemon=True)
            thread.start()
            port = listener.getsockname()[1]
            monkeypatch.setenv(variable, f"http://user:pa%40ss@127.0.0.1:{port}")
            with pytest.raises((WechatUnavailable, WechatUnknown)):
                Transport("https://wechat.invalid", FAST).send("GET", "/secret", headers={})
            thread.join(2)
        assert asked[0].startswith(b"CONNECT wechat.invalid:443 ")
        assert b"dXNlcjpwYUBzcw==" in asked[0]
        assert b"/secret" not in asked[0]

    def test_a_dead_proxy_is_surely_not_done(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
        with pytest.raises(WechatUnavailable):
            Transport("https://wechat.invalid", FAST).send("GET", "/", headers={})

    def test_a_host_may_be_excluded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv("NO_PROXY", "wechat.invalid")
        with pytest.raises(WechatUnavailable, match="NameResolutionError"):
            Transport("https://wechat.invalid", FAST).send("GET", "/", headers={})


def test_threads_share_it(wechat: FakeWechat) -> None:
    """Each reply belongs to the thread that asked, also with more threads than idle places."""
    transport = Transport(wechat.url, FAST)
    for number in range(40):
        body = str(number).encode()
        wechat.answers[f"/{number}"] = lambda _r, body=body: Response(body)
    got: dict[int, bytes] = {}
    barrier = threading.Barrier(40)

    def ask(number: int) -> None:
        barrier.wait(5)
        got[number] = transport.send("GET", f"/{number}", headers={}).content

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == {number: str(number).encode() for number in range(40)}
