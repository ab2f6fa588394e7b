"""The table of variables in docs/configuration.md, made of the configuration itself.

`python -m tests.contract.configuration` writes it anew.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from mall.config import Config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
START, END = "<!-- variables: start -->\n", "<!-- variables: end -->\n"


def table() -> str:
    """One row a variable, in the order of the class."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for spec in fields(Config):
        meta = spec.metadata
        default = meta["default"]
        shown = "**required**" if default is None else f"`{default}`" if default else "empty"
        notes = [str(meta["doc"])]
        if meta["secret"]:
            notes.append("**secret**")
        if meta["kind"] == "int" and meta["at_least"]:
            notes.append(f"at least {meta['at_least']}")
        rows.append(f"| `{meta['env']}` | {shown} | {'; '.join(notes)} |")
    return "\n".join(rows) + "\n"


def with_table(page: str) -> str:
    """The page with its table made anew."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
