"""Check-ins over HTTP beside their SQL by bare psycopg; of one reward rule and of many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from sqlalchemy import text

from benchmarks import load
from benchmarks.load import request_bytes
from benchmarks.points.flow import Flow, learn, recording
from benchmarks.points.people import Person, people
from benchmarks.points.turns import Given, by_psycopg, rate
from benchmarks.report import Row, at_least
from benchmarks.shop import CONNECTIONS, interleaved
from benchmarks.stack import Stack
from mall.kernel.db import transaction
from mall.missions.checkin.planning import make_plan
from mall.missions.checkin.schemas import CheckInPlanInSchema
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

PATH = "/api/v1/check-in"
RULES = 64
MOST_A_SECOND = 2_500
GOAL, GOAL_OF_ONE_RULE = 0.4, 0.9
# Each shopper's cycle began yesterday, by one of the given plans in turn.
_YESTERDAY = """
WITH shoppers AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM unnest(CAST(:users AS bigint[])) AS u(id)
), day AS (
    SELECT CAST(timezone('Asia/Shanghai', clock_timestamp()) AS date) - 1 AS day
), states AS (
    INSERT INTO check_in_states (user_id, last_day, streak, longest, total)
    SELECT id, day, 1, 1, 1 FROM shoppers, day
), cycles AS (
    INSERT INTO check_in_cycles (user_id, plan_version, first_day, last_day, checked, best)
    SELECT id, (CAST(:plans AS bigint[]))[1 + n % cardinality(CAST(:plans AS bigint[]))],
           day, day + 29, 1, 1
    FROM shoppers, day
    RETURNING id, user_id
)
INSERT INTO check_ins (user_id, day, cycle_id, streak) SELECT user_id, day, id, 1 FROM cycles, day
"""


def measure(stack: Stack, rounds: int, seconds: float) -> Iterator[Row]:
    """The second day of a cycle, with a daily reward of points."""
    plans = [_plan(stack, n) for n in range(RULES)]
    flow = _learned(stack, plans[:1])
    count = int(MOST_A_SECOND * seconds)
    figures = interleaved(
        rounds,
        {
            "mall": lambda: _by_http(stack, plans[:1], count, CONNECTIONS, seconds),
            "bare": lambda: _bare(stack, flow, plans[:1], count, seconds),
        },
    )
    yield Row("check-ins over HTTP", figures["mall"], "1/s")
    yield Row("check-ins, the same SQL by bare psycopg", figures["bare"], "1/s")
    yield Row("statements of a check-in", len(flow.steps), "statements")
    share = figures["mall"] / figures["bare"]
    yield at_least("check-ins ÷ bare psycopg", share, "ratio", GOAL)
    yield from _one_rule(stack, plans, rounds, seconds)


def _one_rule(stack: Stack, plans: list[int], rounds: int, seconds: float) -> Iterator[Row]:
    """The median of the rounds' own ratios: the two of a round see the same noise."""
    count = int(MOST_A_SECOND * seconds)
    one, many = [], []
    for turn in range(rounds):
        runs: list[Callable[[], None]] = [
            lambda: one.append(_by_http(stack, plans[:1], count, RULES, seconds)),
            lambda: many.append(_by_http(stack, plans, count, RULES, seconds)),
        ]
        for run in runs[:: -1 if turn % 2 else 1]:
            run()
    yield Row(f"check-ins at {RULES} connections, all of one reward rule", median(one), "1/s")
    yield Row(f"check-ins at {RULES} connections, of {RULES} rules", median(many), "1/s")
    share = median(a / b for a, b in zip(one, many, strict=True))
    yield at_least("check-ins of one rule ÷ of 64", share, "ratio", GOAL_OF_ONE_RULE)


def _plan(stack: Stack, number: int) -> int:
    """A plan with a rule of its own: five points each day."""
    rule = {"name": f"签到 {number}", "reward": [{"kind": "points", "count": 5}]}
    with stack.app.app_context():
        rule_id = create_rule(**RewardRuleInSchema().load(rule)).id
        plan = {
            "name": f"签到 {number}",
            "days": 30,
            "rewards": [{"kind": "daily", "at": None, "rule_id": str(rule_id)}],
            "replaces": number,
        }
        return make_plan(**CheckInPlanInSchema().load(plan)).version


def _fresh(stack: Stack, plans: list[int], count: int) -> list[Person]:
    """Shoppers who checked in yesterday and have an account of points, in plans one after the
    other."""
    found = people(stack, count)
    users = [person.user_id for person in found]
    with stack.app.app_context(), transaction() as session:
        session.execute(text(_YESTERDAY), {"users": users, "plans": plans})
        session.execute(
            text("INSERT INTO points_accounts (user_id) SELECT unnest(CAST(:users AS bigint[]))"),
            {"users": users},
        )
    return found


def _by_http(stack: Stack, plans: list[int], count: int, connections: int, seconds: float) -> float:
    requests = [
        request_bytes("POST", PATH, {"Authorization": f"Bearer {one.token}"}, b"{}")
        for one in _fresh(stack, plans, count)
    ]
    outcome = load.run(
        stack.web_port, requests, connections=connections, seconds=seconds, once=True
    )
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"check-ins were answered {dict(outcome.statuses)}")
    return outcome.per_second


def _bare(stack: Stack, flow: Flow, plans: list[int], count: int, seconds: float) -> float:
    turns = [_given(one) for one in _fresh(stack, plans, count)]
    return rate(by_psycopg(stack, flow), turns, connections=CONNECTIONS, seconds=seconds)


def _learned(stack: Stack, plans: list[int]) -> Flow:
    """What a request sends, learned from the second: the first also fills caches."""
    first, second = _fresh(stack, plans, 2)
    _press(stack, first)
    with recording() as calls:
        _press(stack, second)
    return learn(calls, _given(second))


def _press(stack: Stack, one: Person) -> None:
    with stack.app.app_context(), stack.app.test_client() as client:
        answer = client.post(PATH, headers={"Authorization": f"Bearer {one.token}"})
    if answer.status_code != 200 or not answer.get_json()["rewards"][0]["granted"]:
        raise RuntimeError(answer.get_data(as_text=True))


def _given(one: Person) -> Given:
    return {"user_id": one.user_id, "hash": one.hash}
