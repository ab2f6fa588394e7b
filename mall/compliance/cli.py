"""`mall compliance`: do today's rules object to what runs?"""

from __future__ import annotations

import click
from rich.table import Table

from mall.compliance import queries, rechecking
from mall.compliance.rules import REFUSED
from mall.kernel.cli import make_console, with_app
from mall.kernel.db import transaction


@click.command("compliance")
@with_app
def compliance() -> None:
    """Ask the rules of today about every campaign that isn't over, and show what is new.

    Exits with 1 when one would be refused now.
    """
    console = make_console()
    done = rechecking.recheck()
    with transaction() as session:
        rows = queries.open_rechecks(session)
    table = Table("kind", "ref", "name", "version", "result", "what")
    for row in rows:
        said = "\n".join(f"{one['message']} ({one['source']})" for one in row["findings"])
        about = (row["kind"], row["ref"], row["name"], str(row["version"]), row["result"])
        table.add_row(*about, said)
    if rows:
        console.print(table)
    console.print(
        f"{done.checked} campaigns checked: the rules newly warn of {done.warned},"
        f" and would refuse {done.refused}."
    )
    if any(row["result"] == REFUSED for row in rows):
        raise SystemExit(1)
