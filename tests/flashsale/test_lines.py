"""The raw connection, a thread's own and an event loop's shared one, against servers that are
slow, gone, new, or want a password."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis import Redis

from mall.flashsale.gate.line import Line, at_once
from mall.flashsale.gate.lines import PAUSE_S, node_at
from mall.flashsale.gate.protocol import TIMEOUT_S, Down, bulks, options_of, packed
from mall.flashsale.gate.scripts import ADMIT
from mall.flashsale.gate.shared_line import SharedLine
from mall.runtime.redis_server import EmbeddedRedis, find_program
from tests.support.parallel import free_port

WAIT_AT_MOST_S = 1.0
Ask = Callable[..., Any]
"""`ask(key, head, tail=None)`: an answer."""


@pytest.fixture(params=["threads", "events"])
def lines_to(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Ask]]:
    """Who asks the server at a URL: threads, or coroutines of one event loop."""
    if request.param == "threads":
        yield _by_threads
        return
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield lambda url: _by_events(url, loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _by_threads(url: str) -> Ask:
    node = node_at(url, Line)
    return lambda *asked: at_once(node.ask(*asked))


def _by_events(url: str, loop: asyncio.AbstractEventLoop) -> Ask:
    node = node_at(url, SharedLine)
    return lambda *asked: asyncio.run_coroutine_threadsafe(node.ask(*asked), loop).result(10)


@contextmanager
def server(directory: Path, *options: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A Redis on a TCP port of loopback."""
    port = free_port()
    process = subprocess.Popen(
        [str(find_program()), "--port", str(port), "--save", "", "--dir", str(directory), *options],
        stdout=subprocess.DEVNULL,
    )
    try:
        _await(port)
        yield port, process
    finally:
        process.kill()
        process.wait()


def _await(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
            probe.sendall(b"PING\r\n")
            if probe.recv(16).startswith((b"+PONG", b"-NOAUTH")):
                return
        time.sleep(0.05)
    raise AssertionError("redis didn't start")


@contextmanager
def tls_in_front(path: str, directory: Path) -> Iterator[int]:
    """A port on loopback that speaks TLS for the Redis at a Unix socket."""
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    make_certificate(key, certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        redis_reader, redis_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(forward(reader, redis_writer), forward(redis_reader, writer))

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    starting = asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result(10)
    try:
        yield int(listening.sockets[0].getsockname()[1])
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def make_certificate(key: Path, certificate: Path) -> None:
    """A certificate of localhost, good for a day, that vouches for itself."""
    made = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, made.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(made, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate.write_bytes(signed.public_bytes(pem))
    key.write_bytes(
        made.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def timed(ask: Ask) -> tuple[object, float]:
    started = time.monotonic()
    try:
        answer = ask(b"k", packed("GET", "k"))
    except Down as fault:
        answer = fault
    return answer, time.monotonic() - started


def test_over_a_unix_socket_and_over_tcp(
    lines_to: Callable[[str], Ask], redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    redis.set("k", "v")
    assert lines_to(redis_url)(b"k", packed("GET", "k")) == b"v"
    with server(tmp_path) as (port, _):
        ask = lines_to(f"redis://127.0.0.1:{port}")
        assert ask(b"k", packed("GET", "k")) is None
        asked = ask(b"k", b"*2\r\n" + bulks("ECHO"), b"")
        assert asked == Redis(port=port).info("server")["run_id"].encode()


def test_password_user_and_database_are_those_of_the_url(
    lines_to: Callable[[str], Ask], tmp_path: Path
) -> None:
    with server(tmp_path, "--requirepass", "s3cret/+") as (port, _):
        client = Redis(port=port, password="s3cret/+", db=3)
        client.set("k", "in three")
        client.execute_command("ACL", "SETUSER", "li", "on", ">pw", "~*", "+@all")
        with_password = f"redis://:s3cret%2F%2B@127.0.0.1:{port}/3"
        assert lines_to(with_password)(b"k", packed("GET", "k")) == b"in three"
        assert (
            lines_to(f"redis://li:pw@127.0.0.1:{port}?db=3")(b"k", packed("GET", "k"))
            == b"in three"
        )
        with pytest.raises(Down):
            lines_to(f"redis://:wrong@127.0.0.1:{port}")(b"k", packed("GET", "k"))
        with pytest.raises(Down, match="NOAUTH"):
            lines_to(f"redis://127.0.0.1:{port}")(b"k", packed("GET", "k"))


def test_a_forgotten_script_is_given_again(
    lines_to: Callable[[str], Ask], redis_url: str, redis: Redis
) -> None:
    ask = lines_to(redis_url)
    redis.script_flush()
    press = packed("EVALSHA", ADMIT.sha, 1, "gate", "run", 1, "d", 1, 1, 0, 1)
    assert ask(b"gate", press) == b"gate_closed"
    redis.script_flush()
    assert ask(b"gate", press) == b"gate_closed"
    with pytest.raises(Down, match="wrong number"):
        ask(b"gate", packed("GET"))


def test_an_idle_connection_that_died_is_replaced(
    lines_to: Callable[[str], Ask], redis_url: str, redis: Redis
) -> None:
    ask = lines_to(redis_url)
    assert ask(b"k", packed("GET", "k")) is None
    assert redis.client_kill_filter(_type="normal", skipme=True) >= 1
    assert ask(b"k", packed("GET", "k")) is None


def test_a_restarted_server_has_another_run_id(
    lines_to: Callable[[str], Ask], tmp_path: Path
) -> None:
    echo = b"*2\r\n" + bulks("ECHO")
    runs = []
    url = ""
    for turn in range(2):
        embedded = EmbeddedRedis(tmp_path / "redis", persistent=False)
        url = embedded.start()
        if turn == 0:
            ask = lines_to(url)
        runs.append(ask(b"k", echo, b""))
        embedded.stop()
    assert runs[0] != runs[1]
    with pytest.raises(Down):
        ask(b"k", echo, b"")


def test_a_hung_server_holds_nobody_longer_than_a_second(
    lines_to: Callable[[str], Ask], tmp_path: Path
) -> None:
    with server(tmp_path) as (port, process):
        ask = lines_to(f"redis://127.0.0.1:{port}")
        assert timed(ask)[0] is None
        os.kill(process.pid, signal.SIGSTOP)
        found: list[tuple[object, float]] = []
        threads = [threading.Thread(target=lambda: found.append(timed(ask))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(isinstance(answer, Down) for answer, _ in found)
        assert max(spent for _, spent in found) < WAIT_AT_MOST_S + 0.5  # threads start slowly
        refused, spent = timed(ask)
        assert isinstance(refused, Down)
        assert spent < 0.1, "after a failure nobody waits"
        time.sleep(PAUSE_S)
        again = [0.0] * 4
        threads = [
            threading.Thread(target=lambda n=n: again.__setitem__(n, timed(ask)[1]))
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(spent > TIMEOUT_S / 2 for spent in again) <= 1, "one tries, the others don't"
        os.kill(process.pid, signal.SIGCONT)
        deadline = time.monotonic() + 5
        while timed(ask)[0] is not None:
            assert time.monotonic() < deadline, "it never mended"
            time.sleep(0.05)


def test_a_server_out_of_memory_changes_nothing(
    lines_to: Callable[[str], Ask], tmp_path: Path
) -> None:
    with server(tmp_path, "--maxmemory-policy", "noeviction") as (port, _):
        client = Redis(port=port)
        run = client.info("server")["run_id"]
        window = ["starts", 0, "ends", 1 << 50, "audience", "all", "limit", 2]
        client.execute_command(
            *("HSET", "g", "run", run, "session", 1, "state", "open", *window),
            *("session_limit", 9, "left", 5, "seq", 0, "queued", 0, "epoch", 1),
        )
        before = client.hgetall("g")
        client.config_set("maxmemory", 1)
        press = packed("EVALSHA", ADMIT.sha, 3, "g", "h", "s", run, 1, b"k" * 12, 1, 1, 0, 1)
        ask = lines_to(f"redis://127.0.0.1:{port}")
        with pytest.raises(Down, match="OOM"):
            ask(b"g", press)
        client.config_set("maxmemory", 0)
        assert client.hgetall("g") == before
        assert not client.exists("h", "s")
        time.sleep(PAUSE_S)
        assert ask(b"g", press) == b"+1-1"
        mine = [one for one in client.client_list() if one["cmd"] == "evalsha"]
        assert len(mine) == 1, "an error of the server doesn't cost the connection"


def test_over_tls(
    lines_to: Callable[[str], Ask], redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    redis.set("k", "v")
    with tls_in_front(options_of(redis_url)["path"], tmp_path) as port:
        trusting = f"rediss://localhost:{port}?ssl_ca_certs={tmp_path / 'certificate.pem'}"
        assert lines_to(trusting)(b"k", packed("GET", "k")) == b"v"
        with pytest.raises(Down):
            lines_to(f"rediss://localhost:{port}")(b"k", packed("GET", "k"))


def test_each_coroutine_has_its_own_answer(redis_url: str) -> None:
    """Many ask over one connection; some go away before their answer comes."""
    node = node_at(redis_url, SharedLine)

    async def ask(number: int) -> bytes:
        answer: bytes = await node.ask(b"k", packed("ECHO", number))
        return answer

    async def crowd() -> list[bytes | BaseException]:
        await ask(0)
        tasks = [asyncio.create_task(ask(number)) for number in range(2_000)]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    for number, answer in enumerate(asyncio.run(crowd())):
        if number % 3:
            assert answer == str(number).encode()
        else:
            assert isinstance(answer, asyncio.CancelledError)


def test_coroutines_share_one_connection_and_its_end(redis_url: str, redis: Redis) -> None:
    """When it breaks, all of them ask again over one new one."""
    node = node_at(redis_url, SharedLine)

    async def crowd() -> list[Any]:
        await node.ask(b"k", packed("PING"))
        tasks = [asyncio.create_task(node.ask(b"k", packed("ECHO", n))) for n in range(100)]
        redis.client_kill_filter(_type="normal", skipme=True)
        return await asyncio.gather(*tasks)

    before = redis.info("stats")["total_connections_received"]
    assert asyncio.run(crowd()) == [str(n).encode() for n in range(100)]
    assert redis.info("stats")["total_connections_received"] <= before + 2
