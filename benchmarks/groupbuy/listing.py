"""The first page of teams to join, of an activity with 100,000 open teams and of one with 1,000."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

import psycopg

from benchmarks.groupbuy.shop import Activity, shoppers, skus, start_activity
from benchmarks.report import Row, at_most
from benchmarks.stack import Stack
from mall.groupbuy.teams.joinable import joinable_teams
from mall.kernel.db import db

FEW, MANY = 1_000, 100_000
PAGE, READS, GOAL = 20, 100, 1.3
# A third are formed, a tenth are in their last seconds, some are full or decided.
_TEAMS = """
INSERT INTO groupbuy_teams (code, activity_id, tier_set_id, leader_id, status, sizes, min_size,
    max_size, paid, expires_at, formed_at, verdict, verdict_at)
SELECT 'list' || %(activity)s || '-' || n, %(activity)s, %(tier_set)s, %(leader)s,
    CASE WHEN n %% 3 = 0 THEN 'formed' ELSE 'forming' END, '{5,9}', 5, 9,
    CASE WHEN n %% 3 = 0 THEN 5 + n %% 5 ELSE 1 + n %% 4 END,
    now() + CASE WHEN n %% 10 = 0 THEN interval '5 s' ELSE n %% 10000 * interval '4 s'
                 + interval '10 min' END,
    CASE WHEN n %% 3 = 0 THEN now() END,
    CASE WHEN n %% 50 = 0 THEN 'fail' END, CASE WHEN n %% 50 = 0 THEN now() END
FROM generate_series(1, %(count)s) n
"""


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """Both in turn, by the mall's own query in this process; medians of all."""
    sku_id, (leader, shopper) = skus(stack, 1)[0], shoppers(stack, 2)
    with stack.app.app_context():
        activities = [start_activity(sku_id, {5: 900, 9: 800}, units=10) for _ in range(2)]
    for activity, count in zip(activities, (FEW, MANY), strict=True):
        _open(stack, activity, leader.user_id, count)
    took: dict[int, list[float]] = {activity.id: [] for activity in activities}
    with stack.app.app_context():
        for turn in range(rounds * READS):
            for activity in activities if turn % 2 else reversed(activities):
                began = time.perf_counter()
                found = joinable_teams(db.session(), activity.id, shopper.user_id, limit=PAGE)
                took[activity.id].append((time.perf_counter() - began) * 1_000)
                if len(found) != PAGE:
                    raise RuntimeError(f"{len(found)} teams to join")
        db.session.remove()
    few, many = (median(took[activity.id]) for activity in activities)
    yield Row(f"group-buy: teams to join, of {FEW:,}", few, "ms")
    yield Row(f"group-buy: teams to join, of {MANY:,}", many, "ms")
    yield at_most(f"group-buy: teams to join, of {MANY:,} ÷ of {FEW:,}", many / few, "ratio", GOAL)


def _open(stack: Stack, activity: Activity, leader: int, count: int) -> None:
    values = {
        "activity": activity.id,
        "tier_set": activity.tier_set_id,
        "leader": leader,
        "count": count,
    }
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(_TEAMS, values)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE groupbuy_teams")
