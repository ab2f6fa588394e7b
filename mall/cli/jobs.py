"""`mall jobs …`: the jobs that were given up."""

from __future__ import annotations

import click

from mall.kernel.cli import with_app
from mall.kernel.db import transaction
from mall.kernel.jobs import retry_failed


@click.group("jobs")
def jobs_group() -> None:
    """Background jobs. `mall doctor` lists those that were given up."""


@jobs_group.command()
@click.argument("job_ids", nargs=-1, type=click.IntRange(min=1))
@click.option("--all", "every", is_flag=True, help="Every job that was given up.")
@with_app
def retry(job_ids: tuple[int, ...], every: bool) -> None:
    """Put jobs that were given up back to work, by their ids or all of them."""
    if bool(job_ids) == every:
        raise click.UsageError("Name the jobs, or say --all.")
    with transaction() as session:
        count = retry_failed(session, None if every else job_ids)
    if job_ids and count < len(set(job_ids)):
        raise click.ClickException(f"{count} put back to work; the others aren't given up.")
    click.echo(f"{count} job(s) put back to work.")
