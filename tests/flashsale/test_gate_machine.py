"""Any order of attempts, settlements and releases: the scripts do what plain Python does."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from redis import Redis

from mall.flashsale.gate import (
    Entry,
    GateLocation,
    HeldTicket,
    Outcome,
    figures,
    gate_client,
    release,
    settle,
    unpack,
)
from mall.flashsale.gate.keys import TicketId
from tests.flashsale.gates import ITEM, digest, entries, plan, put
from tests.flashsale.model import Gate, attempt

USERS = st.integers(1, 4)
KEYS = st.integers(1, 6)


class GateMachine(RuleBasedStateMachine):
    """One item: Redis beside the model after every step."""

    client: Redis
    where: GateLocation
    model: Gate

    @initialize(left=st.integers(0, 8), limit=st.integers(1, 4))
    def open(self, left: int, limit: int) -> None:
        client = gate_client()
        assert isinstance(client, Redis)
        client.flushall()
        self.client, self.model = client, Gate(left, limit)
        self.where = put(plan(left, limit=limit))
        self.taken: dict[int, Entry] = {}

    @rule(user=USERS, key=KEYS, body=st.integers(0, 1), units=st.integers(1, 3))
    def attempt(self, user: int, key: int, body: int, units: int) -> None:
        mark = digest(key, body)
        said = attempt(self.client, self.where.parts[0], user, mark, units=units)
        assert said == self.model.attempt(user, mark, units)
        for entry in entries(self.client, self.where.parts[0]):
            self.taken[entry.ticket.seq] = entry

    @rule(pick=st.integers(0, 30), state=st.sampled_from(["ordered", "failed"]))
    def settle(self, pick: int, state: Any) -> None:
        if not self.taken:
            return
        seq = sorted(self.taken)[pick % len(self.taken)]
        outcome = Outcome(self.taken[seq], state, "20261122" if state == "ordered" else "blocked")
        changed = settle(self.where.parts[0], [outcome, outcome])
        assert changed == self.model.settle(seq, state)

    @rule(pick=st.integers(0, 30), stranger=st.booleans())
    def release(self, pick: int, stranger: bool) -> None:
        if not self.model.tickets:
            return
        seq = pick % len(self.model.tickets) + 1
        ticket = self.model.tickets[seq - 1]
        if ticket.state == "queued":
            return  # only what was ordered is ever released
        name = str(TicketId(ITEM, 0, 1, seq))
        if stranger:
            assert release(self.where, ticket.user_id + 10, name) is False
        else:
            assert release(self.where, ticket.user_id, name) == self.model.release(seq)

    @invariant()
    def figures_agree(self) -> None:
        if not hasattr(self, "where"):
            return
        (now,) = figures(self.where)
        assert now is not None
        assert (now.left, now.queued) == (self.model.left, self.model.queued())
        assert now.seq == len(self.model.tickets)

    @invariant()
    def records_agree(self) -> None:
        if not hasattr(self, "where"):
            return
        kept: dict[bytes, bytes] = self.client.hgetall(self.where.parts[0].held)  # type: ignore[assignment]
        for user in range(1, 5):
            found = list(unpack(kept.get(b"%d" % user, b"")))
            assert sum(one.holds for one in found) == self.model.held(user)
            assert [(one.digest, one.units, one.state) for one in found] == [
                (one.digest, one.units, one.state) for one in self.model.of(user)
            ]

    @invariant()
    def what_waits_is_what_is_queued(self) -> None:
        if not hasattr(self, "where"):
            return
        waiting = [entry.ticket.seq for entry in entries(self.client, self.where.parts[0])]
        queued = [n for n, one in enumerate(self.model.tickets, 1) if one.state == "queued"]
        assert waiting == queued


@pytest.mark.usefixtures("app", "redis")
def test_the_gate_is_what_the_model_says(app: Flask) -> None:
    GateMachine.TestCase.settings = settings(
        max_examples=40,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    GateMachine.TestCase("runTest").runTest()


def test_the_model_would_see_a_gate_that_forgets(app: Flask, redis: Redis) -> None:
    """The control: a record that is lost lets a shopper in again, and the model says no."""
    where = put(plan(5, limit=1))
    shard, model = where.parts[0], Gate(5, 1)
    assert attempt(redis, shard, 1, digest(1)) == model.attempt(1, digest(1), 1)
    redis.hdel(shard.held, "1")
    assert attempt(redis, shard, 1, digest(2)) == "+1-2"
    assert model.attempt(1, digest(2), 1) == "limit_reached"


def test_a_ticket_fits_its_record() -> None:
    assert HeldTicket(1, 1, digest(1), 3, "ordered").holds == 3
    assert HeldTicket(1, 1, digest(1), 3, "released").holds == 0
