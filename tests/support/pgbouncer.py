"""A PgBouncer before an embedded PostgreSQL."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import psycopg

from mall.runtime.accounts import is_root, owner_of
from mall.runtime.paths import private_directory
from mall.runtime.processes import spawn
from tests.support.parallel import free_port

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
Mode = Literal["session", "transaction"]
_SETTINGS = """
[databases]
{name} = host={host} dbname={name} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
max_client_conn = 300
default_pool_size = 150
"""


@contextmanager
def pooled(database_url: str, mode: Mode) -> Iterator[str]:
    """The address of a PgBouncer before the database, until the block ends."""
    assert PROGRAM is not None, "apt install pgbouncer"
    parts, port = urlsplit(database_url), free_port()
    host, name = unquote(parts.query.removeprefix("host=")), parts.path.lstrip("/")
    # It refuses to be root, and the server's socket is its account's alone.
    account = owner_of(Path(host)) if is_root() else None
    folder = Path(tempfile.gettempdir()) / f"mall-pgbouncer-{secrets.token_hex(4)}"
    private_directory(folder, account)
    settings, log = folder / "pgbouncer.ini", folder / "pgbouncer.log"
    settings.write_text(
        _SETTINGS.format(name=name, host=host, user=parts.username, port=port, mode=mode)
    )
    if account:
        os.chown(settings, account.uid, account.gid)
    with log.open("wb") as output:
        process = spawn(
            [PROGRAM, str(settings)],
            cwd=folder,
            env={"PATH": os.defpath},
            output=output,
            account=account,
        )
    url = f"postgresql://{parts.username}@127.0.0.1:{port}/{name}"
    try:
        _wait_until_it_answers(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with suppress(psycopg.OperationalError), psycopg.connect(url):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
