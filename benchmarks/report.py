"""What a benchmark found: a table for people, a JSON file for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

OUTPUT = Path("var/bench")


@dataclass(frozen=True)
class Row:
    """One figure. `target` is None where none was set; `holds` then is None too."""

    figure: str
    value: float
    unit: str
    target: str | None = None
    holds: bool | None = None


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


def publish(name: str, rows: Sequence[Row]) -> None:
    """Write `var/bench/NAME.json` and print the table."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine(), "rows": [asdict(row) for row in rows]}
    (OUTPUT / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    table = Table(title=f"{name} ({document['machine']['cores']} cores)")  # type: ignore[index]
    for heading in ("figure", "value", "unit", "target", "holds"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for row in rows:
        holds = {True: "yes", False: "NO", None: ""}[row.holds]
        table.add_row(
            row.figure,
            f"{row.value:,.3g}" if row.value < 1000 else f"{row.value:,.0f}",
            row.unit,
            row.target or "",
            holds,
        )
    Console().print(table)
