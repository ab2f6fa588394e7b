"""What a change of published rules may not do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mall.games.pets.favour import objections
from mall.games.pets.rules import Stage
from mall.rewards.granters import Part
from tests.games.pets.rules import rules, stages

OLD = rules(daily_portions=5, places=10, decay=3)
_, SECOND, THIRD = OLD.stages


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "养狗"}),
        ("kind", {"kind": "tree"}),
        ("text", {"text": "x"}),
        ("starts_at", {"starts_at": OLD.starts_at + timedelta(days=1)}),
        ("ends_at", {"ends_at": OLD.ends_at - timedelta(days=1)}),
        ("feed_growth", {"feed_growth": 9}),
        ("water_growth", {"water_growth": 4}),
        ("friend_growth", {"friend_growth": 1}),
        ("friend_waterings", {"friend_waterings": 2}),
        ("grace_days", {"grace_days": 0}),
        ("daily_portions", {"daily_portions": 4}),
        ("places", {"places": 9}),
        ("decay", {"decay": 4}),
        ("floor", {"floor": "zero"}),
        ("stages", {"stages": stages(0, 20)}),
        ("stages", {"stages": stages(0, 21, 60)}),
        ("stages", {"stages": stages(0, 10, 60)}),
        ("stages", {"stages": (OLD.stages[0], replace(SECOND, name="x"), THIRD)}),
        ("stages", {"stages": (OLD.stages[0], replace(SECOND, worth_fen=9), THIRD)}),
        (
            "stages",
            {"stages": (OLD.stages[0], replace(SECOND, reward=(Part("points", "", 9),)), THIRD)},
        ),
    ],
)
def test_what_is_worse_is_named(field: str, changes: dict[str, Any]) -> None:
    assert {name for name, _ in objections(OLD, replace(OLD, **changes))} == {field}


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": OLD.ends_at + timedelta(days=9)},
        {"feed_growth": 20, "water_growth": 9, "friend_growth": 3, "friend_waterings": 9},
        {"daily_portions": None, "places": None, "decay": 0, "grace_days": 5},
        {"stages": stages(0, 15, 50)},
        {"stages": stages(0, 20, 60, 500)},
        {"stages": (*OLD.stages[:2], replace(THIRD, reward=(Part("points", "", 99),)))},
        {"stages": (*OLD.stages, Stage("更大", 90))},
    ],
)
def test_what_is_better_is_taken(changes: dict[str, Any]) -> None:
    assert not list(objections(OLD, replace(OLD, **changes)))
