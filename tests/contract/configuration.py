"""The table of variables in docs/configuration.md, made of the configuration itself.

`python -m tests.contract.configuration` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

from mall.config import Config, variables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
START, END = "<!-- variables: start -->\n", "<!-- variables: end -->\n"


def table() -> str:
    """One row a variable, in the order of the class."""
    rows = ["| variable | kind | default | what it is |", "|---|---|---|---|"]
    for variable in variables(Config).values():
        default = variable.default
        shown = "**required**" if default is None else f"`{default}`" if default != "" else "empty"
        notes = [variable.doc]
        if variable.at_least:
            notes.append(f"at least {variable.at_least}")
        rows.append(f"| `{variable.name}` | {variable.kind} | {shown} | {'; '.join(notes)} |")
    return "\n".join(rows) + "\n"


def with_table(page: str) -> str:
    """The page with its table made anew."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return before + START + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
