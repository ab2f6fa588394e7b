"""The tables of docs/settings.md, made of the declarations.

`python -m tests.contract.settings` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mall.config.moved import MOVED
from mall.kernel.features import Mall
from mall.settings import SETTINGS, Setting
from mall.wiring import FEATURES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
START, END = "<!-- settings: start -->\n", "<!-- settings: end -->\n"
MOVED_START, MOVED_END = "<!-- moved: start -->\n", "<!-- moved: end -->\n"


def declared() -> list[Setting[Any]]:
    """Every setting, in the order of the features."""
    return list(Mall(FEATURES).items(SETTINGS).values())


def table() -> str:
    """One row a setting."""
    rows = ["| setting | type | default | what it is |", "|---|---|---|---|"]
    for one in declared():
        default = json.dumps(one.dump(one.default), ensure_ascii=False)
        said = f"**{one.label}**：{one.help}"
        if one.permission != "settings:write":
            said += f" （还需 `{one.permission}`）"
        rows.append(f"| `{one.name}` | {_type(one)} | `{default}` | {said} |")
    return "\n".join(rows) + "\n"


def _type(one: Setting[Any]) -> str:
    shape = one.shape
    if one.kind == "whole_number":
        return f"{shape['at_least']} to {shape['at_most']} {shape['unit']}"
    if one.kind == "choice":
        return " or ".join(f"`{each['value']}`" for each in shape["choices"])
    if one.kind == "message_template":
        return "template; fields " + ", ".join(f"`{name}`" for name in shape["fields"])
    return one.kind


def moved_table() -> str:
    """One row a variable of earlier versions."""
    rows = [f"| `{variable}` | `{setting}` |" for variable, setting in MOVED.items()]
    return "\n".join(["| variable | setting |", "|---|---|", *rows]) + "\n"


def with_table(page: str) -> str:
    """The page with its tables made anew."""
    for start, end, made in ((START, END, table()), (MOVED_START, MOVED_END, moved_table())):
        before, _, rest = page.partition(start)
        _, _, after = rest.partition(end)
        page = before + start + made + end + after
    return page


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
