"""The pace of outbound calls in one process; several are in tests/races/test_outbound_pace.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.kernel.outbound import (
    CALL_KINDS,
    DONE,
    CallError,
    CallKind,
    CallUnknown,
    Pace,
    enqueue,
    settle,
)
from mall.kernel.outbound_jobs import run_outbound_call, sweep_outbound_calls
from mall.kernel.registry import EXTENSION
from tests.support.outbound import TOY, Refused, Service, call_of, install, slots_kept, sweep_now
from tests.support.races import execute, together

PER_S, WHEN_FAILING = 20, 10
PACE = Pace(PER_S, WHEN_FAILING, frozenset({"ALL"}))


@dataclass
class Paced:
    """A service that is called at a pace."""

    kind: CallKind[str, str]
    sent: list[int] = field(default_factory=list)
    faults: list[CallError | None] = field(default_factory=list)

    def send(self, request: str) -> str:
        self.sent.append(int(request))
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        return "answer"


@pytest.fixture
def paced(app: Flask) -> Iterator[Paced]:
    plain = replace(Service().kind(), prepare=lambda _session, key: str(key), pace=PACE)
    made = Paced(plain)
    made.kind = replace(plain, send=made.send)
    install(app, made.kind)
    yield made
    del app.extensions[EXTENSION][CALL_KINDS][TOY]


@pytest.fixture
def slots(paced: Paced) -> Iterator[Callable[[], list[float]]]:
    with slots_kept() as gaps:
        yield gaps


def put_in(*keys: int) -> None:
    with transaction() as session:
        for key in keys:
            enqueue(session, TOY, key)


def forget_jobs() -> None:
    execute("DELETE FROM procrastinate_jobs")


def stand_in_line(*keys: int) -> None:
    """Calls that got no slot, one after the other; nobody is at work."""
    put_in(*keys)
    forget_jobs()
    for key in keys:
        execute(
            "UPDATE outbound_calls SET due_at = now(), paced_since = clock_timestamp()"
            f" WHERE key = {key}"
        )


def waiting() -> list[int]:
    db.session.rollback()
    return list(
        db.session.scalars(
            text("SELECT key FROM outbound_calls WHERE paced_since IS NOT NULL AND state <> 'done'")
        )
    )


def pace_row(column: str) -> Any:
    db.session.rollback()
    return db.session.scalar(text(f"SELECT {column} FROM outbound_paces"))


def slow_for_s() -> float:
    return float(pace_row("coalesce(extract(epoch FROM slow_until - now()), 0)"))


def test_slots_of_workers_at_once_are_a_step_apart(
    app: Flask, paced: Paced, slots: Callable[[], list[float]], work: Callable[[], None]
) -> None:
    put_in(*range(16))
    forget_jobs()
    together(app, [lambda key=key: run_outbound_call(TOY, key) for key in range(16)])  # type: ignore[misc]
    late = waiting()
    assert late, "the workers slept for slots that were far away"
    assert {call_of(TOY, key)["attempts"] for key in late} == {0}
    work()
    assert sorted(paced.sent) == list(range(16))
    assert len(slots()) == 15
    assert min(slots()) >= 1 / PER_S
    assert {call_of(TOY, key)["attempts"] for key in late} == {1}
    assert waiting() == []


def test_each_starts_the_first_in_line(paced: Paced, work: Callable[[], None]) -> None:
    stand_in_line(3, 1, 4, 2)
    put_in(9)
    work()
    assert paced.sent == [9, 3, 1, 4, 2]


def test_the_sweep_starts_a_line_whose_workers_died(
    app: Flask, paced: Paced, work: Callable[[], None]
) -> None:
    stand_in_line(*range(12))
    sweep_outbound_calls()
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'kernel.run_outbound_call'"
    assert db.session.scalar(text(jobs)) == 8, "not all at once"
    work()
    assert sorted(paced.sent) == list(range(12))


@pytest.mark.parametrize("throttled", [False, True])
def test_what_concerns_all_calls_slows_them_for_a_minute(
    paced: Paced,
    slots: Callable[[], list[float]],
    work: Callable[[], None],
    throttled: bool,
) -> None:
    fault: CallError = CallUnknown("throttled") if throttled else Refused("ALL")
    fault.is_throttled = throttled
    paced.faults = [fault]
    put_in(1, 2, 3)
    work()
    assert 55 < slow_for_s() <= 60
    assert min(slots()) >= 1 / WHEN_FAILING
    execute("UPDATE outbound_paces SET slow_until = now()")
    put_in(*range(10, 14))
    work()
    assert 1 / PER_S <= min(slots()[2:]) < 1 / WHEN_FAILING, "the pace recovered"


def test_another_refusal_slows_only_the_next_call(paced: Paced, work: Callable[[], None]) -> None:
    paced.faults = [Refused("NEVER")]
    put_in(1)
    work()
    assert slow_for_s() <= 1 / WHEN_FAILING
    paced.faults = [CallUnknown("no reply")]
    execute("UPDATE outbound_paces SET slow_until = NULL")
    put_in(2)
    work()
    assert slow_for_s() == 0


def test_a_call_with_nothing_to_do_takes_no_slot_and_lets_the_next_go(
    paced: Paced, work: Callable[[], None]
) -> None:
    put_in(1)
    work()
    before = pace_row("last_slot")
    stand_in_line(2)
    with transaction() as session:
        settle(session, TOY, 1, DONE)
    run_outbound_call(TOY, 1)
    assert pace_row("last_slot") == before
    work()
    assert paced.sent == [1, 2]


def test_who_was_answered_in_line_isnt_called(app: Flask, paced: Paced) -> None:
    stand_in_line(1)
    with transaction() as session:
        settle(session, TOY, 1, DONE)
    sweep_now()
    run_outbound_call(TOY, 1)
    assert paced.sent == []


def test_a_worker_that_died_during_the_call_isnt_forgotten_in_line(
    app: Flask, paced: Paced
) -> None:
    install(app, replace(paced.kind, repeatable=False))
    stand_in_line(1)
    execute("UPDATE outbound_calls SET state = 'sending', attempts = 1, claimed_until = now()")
    run_outbound_call(TOY, 1)
    assert (call_of(TOY, 1)["state"], paced.sent) == ("unknown", [])


def test_the_wait_is_measured_from_the_first_try(paced: Paced) -> None:
    def waited_s() -> float:
        return REGISTRY.get_sample_value("mall_outbound_pace_wait_seconds_sum", {"kind": TOY}) or 0

    stand_in_line(1)
    before = waited_s()
    execute("UPDATE outbound_calls SET paced_since = now() - interval '5 minutes'")
    run_outbound_call(TOY, 1)
    assert 300 <= waited_s() - before < 310


def test_a_kind_without_a_pace_pays_nothing(app: Flask, paced: Paced) -> None:
    install(app, replace(paced.kind, pace=None))
    put_in(1)
    run_outbound_call(TOY, 1)
    assert paced.sent == [1]
    assert pace_row("count(*)") == 0
