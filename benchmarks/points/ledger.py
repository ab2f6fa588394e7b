"""Posts of the ledger, and holds that are settled, beside the same statements by bare psycopg."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta

from benchmarks.points.flow import Flow, learn, recording
from benchmarks.points.people import people
from benchmarks.points.turns import Given, by_psycopg, by_the_mall, rate
from benchmarks.report import Row, at_least
from benchmarks.shop import CONNECTIONS, interleaved
from benchmarks.stack import Stack
from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from mall.kernel.ledger import Reason
from mall.points.ledger.holding import hold, settle
from mall.points.ledger.kinds import REWARD
from mall.points.ledger.posting import post

SHOPPERS = 2_000
MOST_A_SECOND = 6_000
GOAL = 0.4


def measure(stack: Stack, rounds: int, seconds: float) -> Iterator[Row]:
    """Both, each turn for another shopper, all of them with points."""
    users = [person.user_id for person in people(stack, SHOPPERS)]
    with stack.app.app_context():
        for user_id in users:
            give({"user_id": user_id, "source": secrets.token_hex(8)})
    for name, command in {"post": give, "hold and settle": spend}.items():
        flow = _learned(stack, command, users[0])
        turns = _Turns(users, int(MOST_A_SECOND * seconds))
        figures = interleaved(
            rounds,
            {
                "mall": lambda command=command, turns=turns: rate(  # type: ignore[misc]
                    by_the_mall(stack, command),
                    turns.next(),
                    connections=CONNECTIONS,
                    seconds=seconds,
                ),
                "bare": lambda flow=flow, turns=turns: rate(  # type: ignore[misc]
                    by_psycopg(stack, flow), turns.next(), connections=CONNECTIONS, seconds=seconds
                ),
            },
        )
        yield Row(f"points: {name}", figures["mall"], "1/s")
        yield Row(f"points: {name}, the same SQL by bare psycopg", figures["bare"], "1/s")
        yield Row(f"points: statements of {name}", len(flow.steps), "statements")
        share = figures["mall"] / figures["bare"]
        yield at_least(f"points: {name} ÷ bare psycopg", share, "ratio", GOAL)


def give(given: Given) -> None:
    """A grant that expires."""
    with transaction() as session:
        reason = Reason(REWARD, given["source"])
        post(session, given["user_id"], reason, 5, expires_at=utc_now() + timedelta(days=365))


def spend(given: Given) -> None:
    """A hold, and its settlement later."""
    with transaction() as session:
        hold(session, given["user_id"], given["source"], 1)
    with transaction() as session:
        settle(session, given["source"])


class _Turns:
    """The shoppers in turn, each time with a source that nobody had."""

    def __init__(self, users: list[int], count: int) -> None:
        self._users, self._count = users, count

    def next(self) -> list[Given]:
        name = secrets.token_hex(6)
        return [
            {"user_id": self._users[n % len(self._users)], "source": f"{name}:{n:08}"}
            for n in range(self._count)
        ]


def _learned(stack: Stack, command: Callable[[Given], None], user_id: int) -> Flow:
    given = {"user_id": user_id, "source": secrets.token_hex(10)}
    with stack.app.app_context(), recording() as calls:
        command(given)
    return learn(calls, given)
