"""The table of metrics in docs/metrics.md, made of what the features declare.

`python -m tests.contract.metrics` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

from mall.kernel.features import METRICS, Mall
from mall.wiring import FEATURES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
START, END = "<!-- metrics: start -->\n", "<!-- metrics: end -->\n"


def table() -> str:
    """One row a metric, by name."""
    rows = ["| metric | kind | labels | what it is |", "|---|---|---|---|"]
    for name, metric in sorted(Mall(FEATURES).items(METRICS).items()):
        (family,) = metric.describe()
        suffix = "_total" if family.type == "counter" else ""
        labels = ", ".join(f"`{label}`" for label in metric._labelnames) or "–"
        rows.append(f"| `{name}{suffix}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join(rows) + "\n"


def with_table(page: str) -> str:
    """The page with its table made anew."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
