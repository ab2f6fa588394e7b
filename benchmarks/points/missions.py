"""A hundred thousand missions that check-ins bring on: events a second of one worker."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import text

from benchmarks.points.people import people
from benchmarks.report import Row
from benchmarks.stack import Stack
from mall.kernel.db import db, transaction
from mall.kernel.events import publish
from mall.kernel.jobs import run_pending
from mall.missions.board.admin_schemas import MissionInSchema
from mall.missions.board.defining import create_mission
from mall.missions.checkin.events import CheckedIn
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

MISSIONS, SHOPPERS = 20, 5_000
_CHECK_INS = """
INSERT INTO check_ins (user_id, day, streak)
SELECT id, CAST(timezone('Asia/Shanghai', clock_timestamp()) AS date), 1
FROM unnest(CAST(:users AS bigint[])) AS u(id)
RETURNING user_id, CAST(day AS text) AS day
"""


def measure(stack: Stack, _rounds: int, _seconds: float) -> Iterator[Row]:
    """One pass: each event brings all of its shopper's missions on."""
    users = [person.user_id for person in people(stack, SHOPPERS)]
    with stack.app.app_context():
        for number in range(MISSIONS):
            _mission(number)
        with transaction() as session:
            for row in session.execute(text(_CHECK_INS), {"users": users}).all():
                publish(session, CheckedIn(row.user_id, row.day))
        db.session.remove()
        began = time.perf_counter()
        run_pending(stack.app)
        spent = time.perf_counter() - began
        brought_on = db.session.scalar(
            text("SELECT count(*) FROM mission_progress WHERE user_id = ANY(:users)"),
            {"users": users},
        )
        db.session.remove()
    if brought_on != MISSIONS * SHOPPERS:
        raise RuntimeError(f"only {brought_on} missions were brought on")
    yield Row(f"missions: events, {MISSIONS} missions each, by one worker", SHOPPERS / spent, "1/s")
    yield Row(f"missions: brought on, of {brought_on:,}", brought_on / spent, "1/s")


def _mission(number: int) -> None:
    """Seven check-ins, in a mission that nobody completes here."""
    rule = {"name": f"任务 {number}", "reward": [{"kind": "points", "count": 5}]}
    mission = {
        "name": f"签到任务 {number}",
        "trigger": "check_in",
        "measure": "days",
        "target": 7,
        "period": "month",
        "rule_ids": [str(create_rule(**RewardRuleInSchema().load(rule)).id)],
    }
    create_mission(MissionInSchema().load(mission))
