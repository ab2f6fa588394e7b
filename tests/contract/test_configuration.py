"""docs/configuration.md tells every variable."""

from __future__ import annotations

import re

import pytest

from mall.config import Config, ConfigurationError, variables
from tests.conftest import ROOT
from tests.contract.configuration import PAGE, with_table


def test_the_table_is_up_to_date() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), "run python -m tests.contract.configuration"


def test_every_variable_in_the_code_is_documented() -> None:
    """Those of the supervisor too, somewhere in docs/."""
    docs = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    named = {
        name
        for path in [*(ROOT / "mall").rglob("*.py"), ROOT / "wsgi.py"]
        for name in re.findall(r'"(MALL_[A-Z0-9_]+|[A-Z]+_URL)"', path.read_text())
    }
    assert named >= {"DATABASE_URL", "MALL_ENV"}
    assert sorted(name for name in named if f"{name}`" not in docs) == []


@pytest.mark.parametrize(
    "name", [one.name for one in variables(Config).values() if one.default is None]
)
def test_a_required_one_that_is_missing_stops_the_start(
    environment: dict[str, str], name: str
) -> None:
    for value in (None, ""):
        changed = {k: v for k, v in environment.items() if k != name}
        if value is not None:
            changed[name] = value
        with pytest.raises(ConfigurationError, match=f"{name} is not set"):
            Config.from_env(changed)
