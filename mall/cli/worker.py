"""`mall worker`: jobs, timers and event handlers."""

from __future__ import annotations

import click

from mall.kernel.cli import build_app
from mall.kernel.working import work, work_off


@click.command()
@click.option("--queue", "queues", multiple=True, help="Only these queues (default: all).")
@click.option("--concurrency", default=4, show_default=True, help="Jobs at the same time.")
@click.option("--once", is_flag=True, help="Work off what is due, then stop.")
def worker(queues: tuple[str, ...], concurrency: int, once: bool) -> None:
    """Run the background jobs until SIGTERM; a job at work is finished first.

    An outage of PostgreSQL or Redis doesn't end it.
    """
    app = build_app()
    if once:
        work_off(app, queues=queues, concurrency=concurrency)
    else:
        work(app, queues=queues, concurrency=concurrency)
