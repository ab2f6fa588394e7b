"""The raw connection against servers that are slow, gone, new, or want a password."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis

from mall.flashsale.gate.line import TIMEOUT_S, Down, Line, bulks, options_of, packed
from mall.flashsale.gate.lines import PAUSE_S, SingleLines
from mall.flashsale.gate.scripts import ADMIT
from mall.runtime.redis_server import EmbeddedRedis, find_program
from tests.support.parallel import free_port

WAIT_AT_MOST_S = 1.0


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


def timed(lines: SingleLines) -> tuple[object, float]:
    started = time.monotonic()
    try:
        answer = lines.ask(b"k", packed("GET", "k"))
    except Down as fault:
        answer = fault
    return answer, time.monotonic() - started


def test_over_a_unix_socket_and_over_tcp(redis_url: str, redis: Redis, tmp_path: Path) -> None:
    redis.set("k", "v")
    assert SingleLines(redis_url).ask(b"k", packed("GET", "k")) == b"v"
    with server(tmp_path) as (port, _):
        lines = SingleLines(f"redis://127.0.0.1:{port}")
        assert lines.ask(b"k", packed("GET", "k")) is None
        asked = lines.ask(b"k", b"*2\r\n" + bulks("ECHO"), b"")
        assert asked == Redis(port=port).info("server")["run_id"].encode()


def test_password_user_and_database_are_those_of_the_url(tmp_path: Path) -> None:
    with server(tmp_path, "--requirepass", "s3cret/+") as (port, _):
        client = Redis(port=port, password="s3cret/+", db=3)
        client.set("k", "in three")
        client.execute_command("ACL", "SETUSER", "li", "on", ">pw", "~*", "+@all")
        with_password = f"redis://:s3cret%2F%2B@127.0.0.1:{port}/3"
        assert SingleLines(with_password).ask(b"k", packed("GET", "k")) == b"in three"
        assert (
            SingleLines(f"redis://li:pw@127.0.0.1:{port}?db=3").ask(b"k", packed("GET", "k"))
            == b"in three"
        )
        with pytest.raises(Down):
            SingleLines(f"redis://:wrong@127.0.0.1:{port}").ask(b"k", packed("GET", "k"))
        with pytest.raises(Down, match="NOAUTH"):
            SingleLines(f"redis://127.0.0.1:{port}").ask(b"k", packed("GET", "k"))


def test_a_forgotten_script_is_given_again(redis_url: str, redis: Redis) -> None:
    line = Line(options_of(redis_url))
    redis.script_flush()
    press = packed("EVALSHA", ADMIT.sha, 1, "gate", "run", 1, "d", 1, 1, 0, 1)
    assert line.ask(press) == b"gate_closed"
    assert line.ask(press) == b"gate_closed"
    with pytest.raises(Down, match="wrong number"):
        line.ask(packed("GET"))
    line.close()


def test_an_idle_connection_that_died_is_replaced(redis_url: str, redis: Redis) -> None:
    lines = SingleLines(redis_url)
    assert lines.ask(b"k", packed("GET", "k")) is None
    assert redis.client_kill_filter(_type="normal", skipme=True) >= 1
    assert lines.ask(b"k", packed("GET", "k")) is None


def test_a_restarted_server_has_another_run_id(tmp_path: Path) -> None:
    ask = b"*2\r\n" + bulks("ECHO")
    runs = []
    url = ""
    for turn in range(2):
        embedded = EmbeddedRedis(tmp_path / "redis", persistent=False)
        url = embedded.start()
        if turn == 0:
            lines = SingleLines(url)
        runs.append(lines.ask(b"k", ask, b""))
        embedded.stop()
    assert runs[0] != runs[1]
    with pytest.raises(Down):
        lines.ask(b"k", ask, b"")


def test_a_hung_server_holds_nobody_longer_than_a_second(tmp_path: Path) -> None:
    with server(tmp_path) as (port, process):
        lines = SingleLines(f"redis://127.0.0.1:{port}")
        assert timed(lines)[0] is None
        os.kill(process.pid, signal.SIGSTOP)
        found: list[tuple[object, float]] = []
        threads = [threading.Thread(target=lambda: found.append(timed(lines))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(isinstance(answer, Down) for answer, _ in found)
        assert max(spent for _, spent in found) < WAIT_AT_MOST_S + 0.5  # threads start slowly
        refused, spent = timed(lines)
        assert isinstance(refused, Down)
        assert spent < 0.1, "after a failure nobody waits"
        time.sleep(PAUSE_S)
        again = [0.0] * 4
        threads = [
            threading.Thread(target=lambda n=n: again.__setitem__(n, timed(lines)[1]))
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(spent > TIMEOUT_S / 2 for spent in again) <= 1, "one tries, the others don't"
        os.kill(process.pid, signal.SIGCONT)
        deadline = time.monotonic() + 5
        while timed(lines)[0] is not None:
            assert time.monotonic() < deadline, "it never mended"
            time.sleep(0.05)


def test_a_server_out_of_memory_changes_nothing(tmp_path: Path) -> None:
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
        line = Line(options_of(f"redis://127.0.0.1:{port}"))
        with pytest.raises(Down, match="OOM"):
            line.ask(press)
        client.config_set("maxmemory", 0)
        assert client.hgetall("g") == before
        assert not client.exists("h", "s")
        assert line.ask(press) == b"+1-1"
        line.close()
