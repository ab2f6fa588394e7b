"""`mall run` and `mall env`, for the command line to take up."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from mall.runtime.batch import batch
from mall.runtime.environment import is_running, read_environment
from mall.runtime.errors import RuntimeFault
from mall.runtime.layout import Layout
from mall.runtime.supervisor import run as run_supervisor


@click.command()
@click.option("--demo/--no-demo", default=True, show_default=True, help="Load the demo shop.")
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write this file once the mall answers.",
)
def run(demo: bool, ready_file: Path | None) -> None:
    """Run the whole mall on this machine until Ctrl-C.

    DATABASE_URL, REDIS_URL and MALL_WECHAT_APPID replace the embedded servers and the
    simulator; MALL_PORT, MALL_SIMULATOR_PORT and MALL_HOST say where it listens.
    """
    try:
        run_supervisor(demo=demo, ready_file=ready_file)
    except RuntimeFault as fault:
        raise click.ClickException(str(fault)) from None


@click.command()
def env() -> None:
    """Print the running mall's environment for a shell: eval "$(mall env)". Holds secrets."""
    layout = Layout.default()
    recorded = read_environment(layout) if is_running(layout) else {}
    if not recorded:
        raise click.ClickException("no mall runs here: start one with `make run`")
    for name, value in sorted(recorded.items()):
        click.echo(f"export {name}={shlex.quote(value)}")


COMMANDS = (run, env, batch)
"""What the command line takes up."""
