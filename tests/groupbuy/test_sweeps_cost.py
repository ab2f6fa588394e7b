"""What sweeps read doesn't grow with the teams that are open and aren't due."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import TextClause, text

from mall.groupbuy.reminders import reminding
from mall.groupbuy.teams import closing
from mall.kernel.db import transaction
from tests.support.groupbuy import make_activity, opened

OPEN = 2_000
_MANY = text(
    """
    INSERT INTO groupbuy_teams (code, activity_id, tier_set_id, leader_id, status, sizes, min_size,
        max_size, paid, expires_at)
    SELECT 'many' || g, activity_id, tier_set_id, leader_id, 'forming', sizes, min_size, max_size,
        1, now() + interval '5 hours' + g * interval '1 second'
    FROM groupbuy_teams, generate_series(1, :open) g WHERE id = :team_id
    """
)


def rows_read(plan: dict[str, Any]) -> int:
    """Rows that the scans of a plan looked at."""
    own = 0
    if "Relation Name" in plan:
        dropped = plan.get("Rows Removed by Filter", 0) + plan["Actual Rows"]
        own = round(dropped * plan["Actual Loops"])
    return own + sum(rows_read(part) for part in plan.get("Plans", ()))


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        *(
            (find, dict(zip(("expires_at", "id"), closing.FIRST, strict=True)))
            for find in closing.FIND_DUE
        ),
        (reminding.FIND_DUE, {"missing": [1], "within_min": 120}),
    ],
    ids=["closing late", "closing full", "closing decided", "reminding"],
)
def test_open_teams_are_not_looked_at(
    app: Flask, statement: TextClause, values: dict[str, Any]
) -> None:
    team_id = opened(make_activity({2: 9_000}, team_open_min=24 * 60))
    with transaction() as session:
        session.execute(_MANY, {"open": OPEN, "team_id": team_id})
        session.execute(text("ANALYZE groupbuy_teams"))
        explained = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}")
        plan = session.execute(explained, values).scalar_one()[0]["Plan"]
    assert rows_read(plan) < 10
