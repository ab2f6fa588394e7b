"""Remove a shop from this machine: `make clean`."""

from __future__ import annotations

import shutil

import click

from mall.runtime.environment import is_running
from mall.runtime.errors import RuntimeFault
from mall.runtime.layout import Layout
from mall.runtime.postgres import EmbeddedPostgres


@click.command()
def clean() -> None:
    """Remove `var/`, and what PostgreSQL keeps elsewhere when it was run by root."""
    layout = Layout.default()
    if is_running(layout):
        raise click.ClickException(f"a mall runs in {layout.var}: stop it first")
    try:
        if layout.postgres.exists():
            EmbeddedPostgres(layout.postgres).remove()
        if layout.var.exists():
            shutil.rmtree(layout.var)
    except (RuntimeFault, OSError) as fault:
        raise click.ClickException(str(fault)) from None
