"""What a benchmark found: a table for people, a JSON file for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

OUTPUT = Path("var/bench")


@dataclass(frozen=True)
class Row:
    """One figure. `target` is None where none was set; `holds` then is None too.

    A figure that could not be measured has no `value`, doesn't hold, and says its `reason`.
    """

    figure: str
    value: float | None
    unit: str
    target: str | None = None
    holds: bool | None = None
    reason: str = ""


def failed(figure: str, fault: Exception) -> Row:
    """The row of a figure that could not be measured."""
    return Row(figure, None, "", holds=False, reason=f"{type(fault).__name__}: {fault}"[:300])


def attempt(figure: str, measure: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    """The rows of one measurement; a failed row in place of those that a fault prevents."""
    try:
        yield from measure()
    except Exception as fault:  # one figure less, the others are still measured
        yield failed(figure, fault)


def at_least(figure: str, value: float, unit: str, bound: float) -> Row:
    return Row(figure, value, unit, f">= {bound:g}", value >= bound)


def at_most(figure: str, value: float, unit: str, bound: float) -> Row:
    return Row(figure, value, unit, f"<= {bound:g}", value <= bound)


def exactly(figure: str, value: float, unit: str, bound: float) -> Row:
    return Row(figure, value, unit, f"= {bound:g}", value == bound)


def machine() -> dict[str, str | int | float]:
    """The machine on which the figures were taken."""
    return {
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }


def publish(name: str, rows: Iterable[Row]) -> list[Row]:
    """Print each row as it comes and keep `var/bench/NAME.json` up to date; a table at the end."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    console, found = Console(), list[Row]()
    for row in rows:
        found.append(row)
        console.print(_line(row), highlight=False, markup=False)
        _write(name, found)
    console.print(_table(name, found))
    return found


def _write(name: str, rows: list[Row]) -> None:
    document = {"machine": machine(), "rows": [asdict(row) for row in rows]}
    (OUTPUT / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _table(name: str, rows: list[Row]) -> Table:
    table = Table(title=f"{name} ({os.cpu_count()} cores)")
    for heading in ("figure", "value", "unit", "target", "holds"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for row in rows:
        table.add_row(row.figure, _value(row), row.unit, row.target or "", _verdict(row))
    return table


def _line(row: Row) -> str:
    target = f" (target {row.target}: {_verdict(row)})" if row.target else ""
    return f"  {row.figure}: {_value(row)} {row.unit}{target}{row.reason}"


def _verdict(row: Row) -> str:
    return "FAILED" if row.reason else {True: "yes", False: "NO", None: ""}[row.holds]


def _value(row: Row) -> str:
    if row.value is None:
        return "not measured: " if row.reason else ""
    return f"{row.value:,.3g}" if row.value < 1000 else f"{row.value:,.0f}"
