"""`mall doctor`: is the shop sound?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from mall.cli.context import with_app
from mall.doctor.attention import Concern, concerns, surroundings
from mall.doctor.gates import PROMISES, gate_violations
from mall.doctor.invariants import Violation, violations
from mall.kernel.db import transaction


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@with_app
def doctor(as_json: bool) -> None:
    """Check what must always hold, and show what needs somebody.

    Exits with 1 when an invariant is broken or a part isn't ready. Only reads.
    """
    parts = surroundings()
    sound = all(state == "ok" for name, state in parts.items() if name != "pool")
    if parts["postgresql"] != "ok" or parts["migrations"] != "ok":
        _show(as_json, parts, [], [])
        raise SystemExit(1)
    try:
        with transaction() as session:
            found, waiting = violations(session), concerns(session)
        found += gate_violations()
    except SQLAlchemyError as fault:
        raise click.ClickException(f"The database didn't answer: {type(fault).__name__}") from None
    _show(as_json, parts, found, waiting)
    if found or not sound:
        raise SystemExit(1)


def _show(
    as_json: bool, parts: dict[str, str], found: list[Violation], waiting: list[Concern]
) -> None:
    if as_json:
        report = {
            "parts": parts,
            "violations": [vars(violation) for violation in found],
            "concerns": {concern.name: concern.count for concern in waiting},
        }
        click.echo(json.dumps(report, ensure_ascii=False, default=str))
        return
    console = Console()
    console.print(_parts(parts))
    if not waiting:
        console.print("[yellow]The invariants weren't asked.[/]")
        return
    console.print(_invariants(found))
    for violation in found:
        console.print(f"  {violation.code}: {_brief(violation.row)}", style="red", highlight=False)
    for concern in waiting:
        if concern.count:
            console.print(_list(f"{concern.title} ({concern.count})", concern.rows))


def _parts(parts: Mapping[str, str]) -> Table:
    table = Table("part", "state", title="Parts", title_justify="left")
    for name, state in parts.items():
        table.add_row(name, state, style=None if state == "ok" or name == "pool" else "red")
    return table


def _invariants(found: Sequence[Violation]) -> Table:
    table = Table("", "what holds", "broken by", title="Invariants", title_justify="left")
    for invariant in PROMISES:
        rows = sum(violation.code == invariant.code for violation in found)
        broken = f"{rows} row(s)" if rows else "–"
        table.add_row(invariant.code, invariant.promise, broken, style="red" if rows else None)
    return table


def _list(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(*(rows[0].keys() if rows else ()), title=title, title_justify="left")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _brief(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items())
