"""Outbound calls with a service of the test's own: claimed once, retried, queried, given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.kernel.outbound import (
    CALL_KINDS,
    DONE,
    CallError,
    CallUnavailable,
    CallUnknown,
    again,
    enqueue,
    settle,
)
from mall.kernel.outbound_jobs import (
    forget_outbound_calls,
    run_outbound_call,
    sweep_outbound_calls,
)
from mall.kernel.registry import EXTENSION
from tests.support.outbound import TOY, Refused, Service, call_of, install, sweep_now
from tests.support.races import together

KEY = 7


@pytest.fixture
def service(app: Flask) -> Iterator[Service]:
    made = Service()
    install(app, made.kind())
    yield made
    del app.extensions[EXTENSION][CALL_KINDS][TOY]


def put_in(*, restart: bool = True) -> None:
    with transaction() as session:
        enqueue(session, TOY, KEY, restart=restart)


def state() -> str:
    return str(call_of(TOY, KEY)["state"])


def due_in_s() -> float | None:
    db.session.rollback()
    found = db.session.scalar(
        text("SELECT extract(epoch FROM due_at - now()) FROM outbound_calls WHERE kind = :kind"),
        {"kind": TOY},
    )
    return None if found is None else float(found)


def test_a_call_is_made_once(service: Service, work: Callable[[], None]) -> None:
    put_in()
    assert service.sent == 0, "only after the commit"
    work()
    sweep_now()
    work()
    run_outbound_call(TOY, KEY)
    assert (service.sent, state(), due_in_s()) == (1, "done", None)


def test_workers_at_once_make_it_once(app: Flask, service: Service) -> None:
    put_in()
    assert together(app, [lambda: run_outbound_call(TOY, KEY)] * 6) == [None] * 6
    assert service.sent == 1


def test_the_sweep_starts_what_is_due_and_nothing_else(
    service: Service, work: Callable[[], None]
) -> None:
    put_in()
    db.session.execute(text("DELETE FROM procrastinate_jobs"))
    db.session.commit()
    sweep_outbound_calls()
    work()
    assert service.sent == 0
    sweep_now()
    work()
    assert service.sent == 1


@pytest.mark.parametrize("fault", [CallUnavailable("down"), Refused("BUSY")])
def test_a_passing_failure_is_retried_with_growing_delays(
    service: Service, work: Callable[[], None], fault: CallError
) -> None:
    service.faults = [fault, fault]
    put_in()
    for low, high in ((5, 10), (595, 600)):
        work()
        assert state() == "pending"
        assert low < (due_in_s() or 0) <= high
        sweep_now()
    work()
    assert (service.sent, state()) == (3, "done")


def test_a_refusal_is_given_up_until_it_is_enqueued_again(
    service: Service, work: Callable[[], None]
) -> None:
    service.faults = [Refused("NEVER")]
    put_in()
    work()
    sweep_now()
    work()
    call = call_of(TOY, KEY)
    assert (call["state"], call["error_code"], service.sent) == ("given_up", "NEVER", 1)
    put_in()
    work()
    call = call_of(TOY, KEY)
    assert (call["state"], call["error_code"], call["attempts"]) == ("done", None, 1)


@pytest.mark.parametrize("known", ["found", None])
def test_an_unknown_call_is_queried_before_it_is_repeated(
    app: Flask, service: Service, work: Callable[[], None], known: str | None
) -> None:
    install(app, replace(service.kind(), query=service.query))
    service.faults = [CallUnknown("no reply")]
    put_in()
    work()
    assert (state(), service.queried) == ("unknown", 1)
    service.known = known
    sweep_now()
    work()
    assert (state(), service.queried) == ("done", 2)
    assert service.sent == (1 if known else 2)
    assert service.seen[-1].answer == (known or "answer")


def test_what_the_query_finds_at_once_is_the_answer(
    app: Flask, service: Service, work: Callable[[], None]
) -> None:
    install(app, replace(service.kind(), query=service.query))
    service.faults, service.known = [Refused("NEVER")], "found"
    put_in()
    work()
    assert (state(), service.seen[-1].answer) == ("done", "found")


def test_a_kind_that_may_not_repeat_ends_unknown(
    app: Flask, service: Service, work: Callable[[], None]
) -> None:
    install(app, replace(service.kind(), repeatable=False))
    service.faults = [CallUnknown("no reply")]
    put_in()
    work()
    sweep_now()
    work()
    assert (state(), due_in_s(), service.sent) == ("unknown", None, 1)


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_worker_that_died_during_the_call(
    app: Flask, service: Service, work: Callable[[], None], repeatable: bool
) -> None:
    install(app, replace(service.kind(), repeatable=repeatable))
    put_in()
    db.session.execute(
        text("UPDATE outbound_calls SET state = 'sending', claimed_until = now(), attempts = 1")
    )
    db.session.commit()
    work()
    assert state() == ("done" if repeatable else "unknown")
    assert service.sent == (1 if repeatable else 0)


def test_limits(app: Flask, service: Service, work: Callable[[], None]) -> None:
    install(app, replace(service.kind(), max_attempts=2))
    service.faults = [CallUnavailable("down")] * 3
    put_in()
    work()
    assert state() == "pending"
    sweep_now()
    work()
    assert state() == "given_up"
    install(app, replace(service.kind(), give_up_after=timedelta(hours=1)))
    put_in()
    db.session.execute(text("UPDATE outbound_calls SET since = now() - interval '2 hours'"))
    db.session.commit()
    work()
    assert state() == "given_up"


def test_what_is_enqueued_during_the_call_is_called_again(
    service: Service, work: Callable[[], None]
) -> None:
    def change() -> None:
        service.during = lambda: None
        put_in()

    service.during = change
    put_in()
    work()
    assert (service.sent, state()) == (2, "done")


def test_nothing_to_call_about_now(service: Service, work: Callable[[], None]) -> None:
    service.ready = again(300)
    put_in()
    work()
    call = call_of(TOY, KEY)
    assert (call["state"], call["attempts"], service.sent) == ("pending", 0, 0)
    service.ready = DONE
    sweep_now()
    work()
    assert (state(), service.sent) == ("done", 0)


def test_an_answer_from_elsewhere_settles_it(service: Service, work: Callable[[], None]) -> None:
    service.faults = [CallUnavailable("down")]
    put_in()
    work()
    with transaction() as session:
        settle(session, TOY, KEY, DONE)
    sweep_now()
    work()
    assert (state(), service.sent) == ("done", 1)


def test_a_fault_of_our_own_is_a_dead_letter_and_tried_again(
    app: Flask, service: Service, work: Callable[[], None]
) -> None:
    def broken(_session: object, _key: int) -> str:
        raise ValueError("a bug")

    install(app, replace(service.kind(), prepare=broken))
    put_in()
    work()
    call = call_of(TOY, KEY)
    assert (call["state"], call["error_code"]) == ("pending", "FAULT")
    assert (due_in_s() or 0) > 1200
    dead = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"
    assert db.session.scalar(text(dead)) == 1
    install(app, service.kind())
    sweep_now()
    work()
    assert state() == "done"


def test_what_is_long_done_is_forgotten(service: Service, work: Callable[[], None]) -> None:
    put_in()
    work()
    forget_outbound_calls()
    assert state() == "done"
    db.session.execute(text("UPDATE outbound_calls SET updated_at = now() - interval '31 days'"))
    db.session.commit()
    forget_outbound_calls()
    assert db.session.scalar(text("SELECT count(*) FROM outbound_calls")) == 0
