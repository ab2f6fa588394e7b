"""`deploy/nginx.conf` before webs of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from mall.runtime.processes import spawn, wait_for_exit
from mall.runtime.services import fetch
from tests.support.deployed import DEPLOY
from tests.support.waiting import eventually

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_ALL = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
{settings}
}}
"""


def adapted(directory: Path, *, port: int, webs: Sequence[int]) -> Path:
    """The settings with addresses of this machine in place of compose's name and resolver.

    `resolve` needs nginx 1.27.3; of what was found by it each address is a server here.
    """
    said = (DEPLOY / "nginx.conf").read_text()
    by_name = "    server web:8000 resolve max_fails=0;\n"
    servers = "".join(by_name.replace("web:8000 resolve", f"127.0.0.1:{web}") for web in webs)
    for before, after in ((by_name, servers), ("listen 80;", f"listen 127.0.0.1:{port};")):
        assert before in said
        said = said.replace(before, after)
    file = directory / "nginx.conf"
    file.write_text(_ALL.format(directory=directory, settings=said))
    return file


@contextmanager
def proxying(directory: Path, *, port: int, webs: Sequence[int]) -> Iterator[str]:
    """An nginx on `port` before `webs`; its address."""
    assert NGINX
    file = adapted(directory, port=port, webs=webs)
    with (directory / "nginx.log").open("wb") as log:
        process = spawn(
            [NGINX, "-p", str(directory), "-c", str(file)],
            cwd=directory,
            env={"PATH": os.defpath},
            output=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: fetch(f"{url}/healthz")[0] == 200, 20)
        yield url
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        wait_for_exit(process.pid, 10)
        process.poll()
