"""Draws from one hot lottery over HTTP, beside the same SQL by bare psycopg."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from benchmarks import load
from benchmarks.load import request_bytes
from benchmarks.points.flow import Call, Fill, Flow, learn, recording, spread_ids
from benchmarks.points.people import Person, people
from benchmarks.points.turns import Given, by_psycopg, rate
from benchmarks.report import Row, at_least
from benchmarks.shop import CONNECTIONS, interleaved, say
from benchmarks.stack import Stack, running, stop
from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from mall.lottery.campaigns.composing import create_lottery, publish
from mall.lottery.desk.schemas import LotteryInSchema
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema

TICKETS = 100_000_000
MOST_A_SECOND = 2_500
GOAL = 0.4
NONCE = {"nonce": "0123456789abcdef"}
# Each shopper drew once yesterday, and has one chance.
_YESTERDAY = """
WITH shoppers AS (
    INSERT INTO lottery_shoppers (lottery_id, user_id, alias, drawn, dry, day, day_drawn)
    SELECT :lottery_id, id, md5(CAST(id AS text)), 1, 1,
           CAST(timezone('Asia/Shanghai', clock_timestamp()) AS date) - 1, 1
    FROM unnest(CAST(:users AS bigint[])) AS u(id)
)
INSERT INTO lottery_chances (lottery_id, user_id, given)
SELECT :lottery_id, id, 1 FROM unnest(CAST(:users AS bigint[])) AS u(id)
"""


def run(rounds: int, seconds: float) -> Iterator[Row]:
    """Draws a second, of shoppers with one chance each."""
    with running() as stack:
        stop(stack.worker)
        with stack.app.app_context(), transaction() as session:
            spread_ids(session)
        lottery_id = _lottery(stack)
        flow = _learned(stack, lottery_id)
        count = int(MOST_A_SECOND * seconds)
        say("measuring: draws …")
        figures = interleaved(
            rounds,
            {
                "mall": lambda: _by_http(stack, lottery_id, count, seconds),
                "bare": lambda: _bare(stack, lottery_id, flow, count, seconds),
            },
        )
        yield Row("draws from one lottery over HTTP", figures["mall"], "1/s")
        yield Row("draws, the same SQL by bare psycopg", figures["bare"], "1/s")
        yield Row("statements of a draw", len(flow.steps), "statements")
        share = figures["mall"] / figures["bare"]
        yield at_least("draws ÷ bare psycopg", share, "ratio", GOAL)


def _lottery(stack: Stack) -> int:
    """One prize among so many tickets that nobody is likely to win it."""
    rule = {"name": "抽奖积分", "reward": [{"kind": "points", "count": 10}]}
    now = utc_now()
    with stack.app.app_context():
        rule_id = create_rule(**RewardRuleInSchema().load(rule)).id
        prize = {"name": "积分", "rule_id": str(rule_id), "worth_fen": 10, "count": 1}
        terms = {
            **{"name": "抽奖", "text": "规则", "tickets": TICKETS},
            "starts_at": (now + timedelta(hours=1)).isoformat(),
            "ends_at": (now + timedelta(days=30)).isoformat(),
            "prizes": [prize, {"name": "谢谢参与", "kind": "thanks", "weight": 1}],
        }
        lottery_id = create_lottery(LotteryInSchema().load(terms))
        publish(lottery_id, 1, accept_warnings=True)
        with transaction() as session:
            # A number that is no other value of the flow.
            begun = "UPDATE lotteries SET starts_at = now(), drawn = 1000000"
            session.execute(text(begun))
    return lottery_id


def _fresh(stack: Stack, lottery_id: int, count: int) -> list[Person]:
    found = people(stack, count)
    with stack.app.app_context(), transaction() as session:
        users = [one.user_id for one in found]
        session.execute(text(_YESTERDAY), {"lottery_id": lottery_id, "users": users})
    return found


def _by_http(stack: Stack, lottery_id: int, count: int, seconds: float) -> float:
    path, body = f"/api/v1/lotteries/{lottery_id}/draws", json.dumps(NONCE).encode()
    requests = [
        request_bytes("POST", path, _headers(one), body) for one in _fresh(stack, lottery_id, count)
    ]
    outcome = load.run(
        stack.web_port, requests, connections=CONNECTIONS, seconds=seconds, once=True
    )
    if set(outcome.statuses) != {201}:
        raise RuntimeError(f"draws were answered {dict(outcome.statuses)}")
    return outcome.per_second


def _bare(stack: Stack, lottery_id: int, flow: Flow, count: int, seconds: float) -> float:
    turns = [_given(one) for one in _fresh(stack, lottery_id, count)]
    return rate(by_psycopg(stack, flow), turns, connections=CONNECTIONS, seconds=seconds)


def _learned(stack: Stack, lottery_id: int) -> Flow:
    """What a request sends, learned from the second: the first also fills caches."""
    first, second = _fresh(stack, lottery_id, 2)
    _press(stack, lottery_id, first)
    with recording() as calls:
        number = _press(stack, lottery_id, second)
    flow = learn(calls, _given(second))
    _count_on(flow, calls, lottery_id, number)
    return flow


def _count_on(flow: Flow, calls: list[Call], lottery_id: int, number: int) -> None:
    """The number of a draw is one more than the lottery's row says that were drawn."""
    lock = next(at for at, call in enumerate(calls) if "secret_sealed" in call.sql)
    drawn = list(calls[lock].rows[0]._fields).index("drawn")
    source = f"{lottery_id}:{number}"

    def following(returned: list[list[Any]]) -> int:
        return int(returned[lock][0][drawn]) + 1

    def filled(kind: type[int]) -> Fill:
        return lambda _given, returned: kind(following(returned))

    for (_, fills), call in zip(flow.steps[lock:], calls[lock:], strict=True):
        for name, value in call.values.items():
            if value == source:
                fills[name] = lambda _given, returned: f"{lottery_id}:{following(returned)}"
            elif isinstance(value, int) and int(value) == number:
                fills[name] = filled(type(value))


def _press(stack: Stack, lottery_id: int, one: Person) -> int:
    path = f"/api/v1/lotteries/{lottery_id}/draws"
    with stack.app.app_context(), stack.app.test_client() as client:
        answer = client.post(path, headers=_headers(one), json=NONCE)
    if answer.status_code != 201:
        raise RuntimeError(answer.get_data(as_text=True))
    return int(answer.get_json()["number"])


def _headers(one: Person) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {one.token}",
        "Idempotency-Key": secrets.token_hex(16),
    }


def _given(one: Person) -> Given:
    return {"user_id": one.user_id, "hash": one.hash}
