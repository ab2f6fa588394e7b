"""`mall reconcile`: a day of WeChat's bill against our books, now and here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click
from rich.table import Table

from mall.kernel.cli import make_console, with_app
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.money import yuan
from mall.payments.reconciliation import queries
from mall.payments.reconciliation.days import check_day
from mall.payments.reconciliation.running import reconcile as run

SHOWN = 50
_FAULTS = {
    "waiting": "WeChat's bill isn't ready, or WeChat couldn't tell all: it is tried again by itself"
    " every half hour ({error}).",
    "failed": "WeChat refuses the bill: {error}.",
    "busy": "Another run of this day is at work.",
}


@click.command()
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@with_app
def reconcile(day: datetime) -> None:
    """Compare WeChat's bill of DAY (YYYY-MM-DD, shop time) with our payments and refunds.

    Payments that were missed are applied. Running a day again replaces its open findings.

    Exit code: 0 nothing is open, 1 something is, 2 the bill can't be had.
    """
    wanted = day.date()
    try:
        with transaction() as session:
            check_day(session, wanted)
    except MallError as refusal:
        raise click.UsageError(refusal.message) from None
    ending = run(wanted)
    with transaction() as session:
        found = queries.one_day(session, wanted)
    if ending != "done":
        click.echo(_FAULTS[ending].format(error=found["error"]), err=True)
        raise SystemExit(2)
    _show(wanted, found)
    if found["open_findings"]:
        raise SystemExit(1)


def _show(day: date, found: dict[str, Any]) -> None:
    console = make_console()
    table = Table("", "WeChat", "", "ours", "", title=f"{day}", title_justify="left")
    for subject in ("payments", "refunds"):
        sides = (f"their_{subject}", f"our_{subject}")
        cells = [cell for side in sides for cell in (str(found[side]), yuan(found[f"{side}_fen"]))]
        table.add_row(subject, *cells)
    console.print(table)
    if not found["open_findings"]:
        console.print("Nothing is open.")
        return
    with transaction() as session:
        page = queries.findings(session, day, kind=None, resolved=False, cursor=None, limit=SHOWN)
    rows = Table("list", "number", "WeChat", "ours", "next step")
    for row in page.items:
        fen = (row["theirs_fen"], row["ours_fen"])
        rows.add_row(row["kind"], row["number"], *map(_amount, fen), row["next_step"])
    console.print(rows)
    if found["open_findings"] > SHOWN:
        console.print(f"… and {found['open_findings'] - SHOWN} more")


def _amount(fen: int | None) -> str:
    return "–" if fen is None else yuan(fen)
