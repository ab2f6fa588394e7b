"""The embedded Redis: real servers, started, shared, killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from mall.runtime.errors import RuntimeFault
from mall.runtime.redis_server import EmbeddedRedis, find_program, version_of
from tests.runtime.helpers import alive, eventually, line_of, python

OWNER = """
import sys
from pathlib import Path
from mall.runtime.redis_server import EmbeddedRedis
server = EmbeddedRedis(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "redis")
    yield server
    server.stop()


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, decode_responses=True)


def test_data_outlives_a_stop(server: EmbeddedRedis) -> None:
    client(server.start()).set("kept", "7")
    pid = server.pid
    server.stop()
    assert not alive(pid)
    assert client(server.start()).get("kept") == "7"


def test_no_port_is_opened_and_the_file_syncs_every_second(server: EmbeddedRedis) -> None:
    assert client(server.start()).config_get("appendfsync") == {"appendfsync": "everysec"}
    assert psutil.Process(server.pid).net_connections("inet") == []


def test_without_persistence_nothing_is_kept(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / "redis", persistent=False)
    with server as url:
        client(url).set("lost", "7")
    with server as url:
        assert client(url).get("lost") is None


def test_what_was_written_a_while_before_a_kill_is_kept(server: EmbeddedRedis) -> None:
    connection = client(server.start())
    connection.set("kept", "7")
    assert eventually(lambda: connection.info("persistence")["aof_pending_bio_fsync"] == 0)
    psutil.Process(server.pid).kill()
    assert eventually(lambda: not server.is_running)
    again = EmbeddedRedis(server.data_dir)
    assert client(again.start()).get("kept") == "7"
    again.stop()


def test_an_owner_killed_leaves_no_server_and_the_next_start_works(server: EmbeddedRedis) -> None:
    owner = python(OWNER, server.data_dir)
    pid = int(line_of(owner))
    owner.kill()
    owner.communicate(timeout=10)
    assert client(server.start()).ping()
    assert server.pid != pid
    assert eventually(lambda: not alive(pid))


def test_two_processes_share_one_server_and_only_its_owner_stops_it(server: EmbeddedRedis) -> None:
    owner = python(OWNER, server.data_dir)
    pid = int(line_of(owner))
    url = server.start()
    assert (server.pid, server.is_owner) == (pid, False)
    server.stop()
    assert client(url).ping()
    owner.communicate("stop", timeout=20)
    assert not alive(pid)


def test_two_that_start_at_once_get_one_server(server: EmbeddedRedis) -> None:
    first, second = python(OWNER, server.data_dir), python(OWNER, server.data_dir)
    pids = {line_of(first), line_of(second)}
    for process in (first, second):
        process.communicate("stop", timeout=20)
    assert len(pids) == 1


@pytest.mark.parametrize("name", ["with a space & ünï,code", "long-" * 40])
def test_awkward_paths(tmp_path: Path, name: str) -> None:
    with EmbeddedRedis(tmp_path / name / "redis", persistent=False) as url:
        assert client(url).ping()


def test_data_of_a_newer_redis_gives_one_line(server: EmbeddedRedis) -> None:
    server.start()
    server.stop()
    (server.data_dir / "version").write_text("99.0\n")
    with pytest.raises(RuntimeFault, match=r"was written by Redis 99\.0"):
        server.start()


def test_without_the_extra_one_line_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeFault, match=r"mall\[embedded\].*REDIS_URL"):
        find_program(site=tmp_path)


def test_the_program_is_new_enough() -> None:
    assert version_of(find_program()) >= (6, 2)
