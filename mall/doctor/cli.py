"""`mall doctor`: is the shop sound?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.table import Table

from mall.doctor.attention import AttentionItems, attention_lists, surroundings
from mall.doctor.checking import Outcome, check_all
from mall.kernel.cli import make_console, with_app


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@with_app
def doctor(as_json: bool) -> None:
    """Check what must always hold, over the whole history, and show what needs somebody.

    Exits with 1 when an invariant is broken or couldn't be asked, or a part isn't ready.
    Only reads.
    """
    parts = surroundings()
    sound = all(state == "ok" for name, state in parts.items() if name != "pool")
    if parts["postgresql"] != "ok" or parts["migrations"] != "ok":
        _show(as_json, parts, [], [])
        raise SystemExit(1)
    outcomes, waiting = list(check_all()), list(attention_lists())
    _show(as_json, parts, outcomes, waiting)
    if not sound or not all(outcome.holds for outcome in outcomes):
        raise SystemExit(1)


def _show(
    as_json: bool,
    parts: dict[str, str],
    outcomes: Sequence[Outcome],
    waiting: Sequence[AttentionItems],
) -> None:
    if as_json:
        click.echo(json.dumps(_report(parts, outcomes, waiting), ensure_ascii=False, default=str))
        return
    console = make_console()
    console.print(_parts(parts))
    if not outcomes:
        console.print("[yellow]The invariants weren't asked.[/]")
        return
    console.print(_invariants(outcomes))
    for outcome in outcomes:
        for row in outcome.rows:
            code = outcome.invariant.code
            console.print(f"  {code}: {_brief(row)}", style="red", highlight=False)
    for items in waiting:
        if items.fault:
            console.print(f"{items.of.title}: {items.fault}", style="red", highlight=False)
        elif items.count:
            console.print(_list(f"{items.of.title} ({items.count})", items.rows))


def _report(
    parts: dict[str, str], outcomes: Sequence[Outcome], waiting: Sequence[AttentionItems]
) -> dict[str, Any]:
    return {
        "parts": parts,
        "violations": [
            {"code": one.invariant.code, "description": one.invariant.description, "row": row}
            for one in outcomes
            for row in one.rows
        ],
        "unanswered": {one.invariant.code: one.fault for one in outcomes if one.fault},
        "attention": {items.of.name: items.count for items in waiting},
    }


def _parts(parts: Mapping[str, str]) -> Table:
    table = Table("part", "state", title="Parts", title_justify="left")
    for name, state in parts.items():
        table.add_row(name, state, style=None if state == "ok" or name == "pool" else "red")
    return table


def _invariants(outcomes: Sequence[Outcome]) -> Table:
    table = Table("", "what holds", "broken by", title="Invariants", title_justify="left")
    for outcome in outcomes:
        rows = f"{len(outcome.rows)} row(s)" if outcome.rows else "–"
        style = None if outcome.holds else "red"
        invariant = outcome.invariant
        table.add_row(invariant.code, invariant.description, outcome.fault or rows, style=style)
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
