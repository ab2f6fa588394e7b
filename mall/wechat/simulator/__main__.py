"""`python -m mall.wechat.simulator`: run the WeChat simulator."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import click

from mall.wechat.simulator.credentials import ensure_credentials
from mall.wechat.simulator.errors import SimulatorRefused
from mall.wechat.simulator.server import serve


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8010, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--state-dir",
    default="var/wechat",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the account's keys and the memory are kept.",
)
@click.option(
    "--mall-url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="The mall's address, for message pushes.",
)
def main(host: str, port: int, state_dir: Path, mall_url: str) -> None:
    """A WeChat for development: mini-program API, WeChat Pay and a shopper's phone.

    The phone is at /phone. With --host other than this machine itself, the control API
    and the phone answer to everybody who reaches the port.
    """
    if os.environ.get("MALL_ENV", "").strip() == "production":
        raise SimulatorRefused("The WeChat simulator doesn't run in production.")
    ensure_credentials(state_dir)
    click.echo(f"WeChat simulator on http://{host}:{port} — phone: http://{host}:{port}/phone")
    serve(state_dir, host=host, port=port, mall_url=mall_url, open_control=not _is_local(host))


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    main()
