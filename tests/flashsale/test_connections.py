"""The gate's clients, redis-py's for threads and an event loop's pipelined connection, against
servers that are slow, gone, new, or want a password."""

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

from mall.flashsale.gate.breaker import PAUSE_S
from mall.flashsale.gate.commands import TIMEOUT_S, Command, Unavailable, admit, get, options_of
from mall.flashsale.gate.plain_client import PlainClient
from mall.flashsale.gate.pool import pool_at
from mall.flashsale.gate.store import Store
from mall.runtime.redis_server import EmbeddedRedis, find_program
from tests.support.asgi import loop_thread
from tests.support.parallel import free_port
from tests.support.waiting import eventually

WAIT_AT_MOST_S = 1.0
Ask = Callable[[Command], Any]
GET = get(b"k")
ATTEMPT = admit([b"g", b"h", b"s"], 1, b"k" * 12, 1, 1, 0, 1)


@pytest.fixture(params=["plain", "event loop"])
def client_of(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Ask]]:
    """Who asks the server at a URL: threads, or coroutines of one event loop."""
    if request.param == "plain":
        yield lambda url: PlainClient(Store(url)).ask
        return
    with loop_thread() as loop:
        yield lambda url: _by_events(url, loop)


def _by_events(url: str, loop: asyncio.AbstractEventLoop) -> Ask:
    pool = pool_at(url)
    return lambda command: asyncio.run_coroutine_threadsafe(pool.ask(command), loop).result(10)


def write_gate(client: Redis) -> None:
    """An open gate by hand, for `ATTEMPT`."""
    run = client.info("server")["run_id"]
    window = ["starts", 0, "ends", 1 << 50, "audience", "all", "limit", 2]
    client.execute_command(
        *("HSET", "g", "run", run, "session", 1, "state", "open", *window),
        *("session_limit", 9, "left", 5, "seq", 0, "queued", 0, "epoch", 1),
    )


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
        answer = ask(GET)
    except Unavailable as fault:
        answer = fault
    return answer, time.monotonic() - started


def test_over_a_unix_socket_and_over_tcp(
    client_of: Callable[[str], Ask], redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    redis.set("k", "v")
    assert client_of(redis_url)(GET) == b"v"
    with server(tmp_path) as (port, _):
        assert client_of(f"redis://127.0.0.1:{port}")(GET) is None


def test_password_user_and_database_are_those_of_the_url(
    client_of: Callable[[str], Ask], tmp_path: Path
) -> None:
    with server(tmp_path, "--requirepass", "s3cret/+") as (port, _):
        client = Redis(port=port, password="s3cret/+", db=3)
        client.set("k", "in three")
        client.execute_command("ACL", "SETUSER", "li", "on", ">pw", "~*", "+@all")
        with_password = f"redis://:s3cret%2F%2B@127.0.0.1:{port}/3"
        assert client_of(with_password)(GET) == b"in three"
        assert client_of(f"redis://li:pw@127.0.0.1:{port}?db=3")(GET) == b"in three"
        with pytest.raises(Unavailable):
            client_of(f"redis://:wrong@127.0.0.1:{port}")(GET)
        with pytest.raises(Unavailable, match=r"NOAUTH|authenticated"):
            client_of(f"redis://127.0.0.1:{port}")(GET)


def test_a_forgotten_script_is_given_again(
    client_of: Callable[[str], Ask], redis_url: str, redis: Redis
) -> None:
    ask = client_of(redis_url)
    for _ in range(2):
        redis.script_flush()
        assert ask(ATTEMPT) == b"gate_closed"
        assert ask(ATTEMPT) == b"gate_closed"
    with pytest.raises(Unavailable, match="wrong number"):
        ask(Command(b"k", ("GET",)))


def test_an_idle_connection_that_died_is_replaced(
    client_of: Callable[[str], Ask], redis_url: str, redis: Redis
) -> None:
    ask = client_of(redis_url)
    assert ask(GET) is None
    assert redis.client_kill_filter(_type="normal", skipme=True) >= 1
    assert ask(GET) is None


def test_a_restarted_server_finds_its_old_gate_closed(
    client_of: Callable[[str], Ask], tmp_path: Path
) -> None:
    """Its file has the gate, with the run id of the server that wrote it."""
    embedded = EmbeddedRedis(tmp_path / "redis", persistent=True)
    url = embedded.start()
    ask = client_of(url)
    write_gate(Redis.from_url(url))
    assert ask(ATTEMPT) == b"+1-1"
    embedded.stop()
    with pytest.raises(Unavailable):
        ask(ATTEMPT)
    again = EmbeddedRedis(tmp_path / "redis", persistent=True)
    assert again.start() == url
    time.sleep(PAUSE_S)
    assert Redis.from_url(url).hget("g", "left") == b"4"
    assert ask(ATTEMPT) == b"gate_closed"
    again.stop()


def test_a_hung_server_holds_nobody_longer_than_a_second(
    client_of: Callable[[str], Ask], tmp_path: Path
) -> None:
    with server(tmp_path) as (port, process):
        ask = client_of(f"redis://127.0.0.1:{port}")
        assert timed(ask)[0] is None
        os.kill(process.pid, signal.SIGSTOP)
        found: list[tuple[object, float]] = []
        threads = [threading.Thread(target=lambda: found.append(timed(ask))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(isinstance(answer, Unavailable) for answer, _ in found)
        assert max(spent for _, spent in found) < WAIT_AT_MOST_S + 0.5  # threads start slowly
        refused, spent = timed(ask)
        assert isinstance(refused, Unavailable)
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
        eventually(lambda: timed(ask)[0] is None, 5)


def test_a_server_out_of_memory_changes_nothing(
    client_of: Callable[[str], Ask], tmp_path: Path
) -> None:
    with server(tmp_path, "--maxmemory-policy", "noeviction") as (port, _):
        client = Redis(port=port)
        write_gate(client)
        before = client.hgetall("g")
        client.config_set("maxmemory", 1)
        ask = client_of(f"redis://127.0.0.1:{port}")
        with pytest.raises(Unavailable, match="OOM"):
            ask(ATTEMPT)
        held = connections(client)
        assert held
        client.config_set("maxmemory", 0)
        assert client.hgetall("g") == before
        assert not client.exists("h", "s")
        time.sleep(PAUSE_S)
        assert ask(ATTEMPT) == b"+1-1"
        assert connections(client) == held, "an error of the server doesn't cost the connection"


def connections(client: Redis) -> set[str]:
    """The ids of all connections but this client's own."""
    own = str(client.client_id())
    return {str(one["id"]) for one in client.client_list()} - {own}


def test_over_tls(
    client_of: Callable[[str], Ask], redis_url: str, redis: Redis, tmp_path: Path
) -> None:
    redis.set("k", "v")
    with tls_in_front(options_of(redis_url)["path"], tmp_path) as port:
        trusting = f"rediss://localhost:{port}?ssl_ca_certs={tmp_path / 'certificate.pem'}"
        assert client_of(trusting)(GET) == b"v"
        with pytest.raises(Unavailable):
            client_of(f"rediss://localhost:{port}")(GET)


def test_each_coroutine_has_its_own_answer(redis_url: str) -> None:
    """Many ask over one connection; some go away before their answer comes."""
    pool = pool_at(redis_url)

    async def ask(number: int) -> bytes:
        answer: bytes = await pool.ask(Command(b"k", ("ECHO", number)))
        return answer

    async def crowd(numbers: range) -> list[bytes | BaseException]:
        tasks = [asyncio.create_task(ask(number)) for number in numbers]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    async def crowds() -> None:
        """So few at once that a busy machine answers all of them in time."""
        await ask(0)
        for first in range(0, 3_000, 150):
            numbers = range(first, first + 150)
            for number, answer in zip(numbers, await crowd(numbers), strict=True):
                if number % 3:
                    assert answer == str(number).encode()
                else:
                    assert isinstance(answer, asyncio.CancelledError)

    asyncio.run(crowds())


def test_coroutines_share_one_connection_and_its_end(redis_url: str, redis: Redis) -> None:
    """When it breaks, all of them ask again over one new one."""
    pool = pool_at(redis_url)

    async def crowd() -> list[Any]:
        await pool.ask(GET)
        echoes = [Command(b"k", ("ECHO", n)) for n in range(100)]
        tasks = [asyncio.create_task(pool.ask(echo)) for echo in echoes]
        redis.client_kill_filter(_type="normal", skipme=True)
        return await asyncio.gather(*tasks)

    before = redis.info("stats")["total_connections_received"]
    assert asyncio.run(crowd()) == [str(n).encode() for n in range(100)]
    assert redis.info("stats")["total_connections_received"] <= before + 2
