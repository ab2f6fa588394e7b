"""Outbound calls in tests: a service of the tests' own, the rows, and time that passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, in_transaction
from mall.kernel.outbound import CALL_KINDS, CallError, CallKind, CallRefused, Outcome, Verdict
from mall.kernel.outbound_jobs import sweep_outbound_calls
from mall.kernel.registry import EXTENSION
from tests.support.races import execute

TOY = "toy.call"


class Refused(CallRefused):
    def __init__(self, code: str) -> None:
        self.code, self.message = code, "no"


@dataclass
class Service:
    """The outside: raises what stands in `faults`, one a call, then answers."""

    faults: list[CallError | None] = field(default_factory=list)
    sent: int = 0
    queried: int = 0
    known: str | None = None
    ready: Verdict | None = None
    seen: list[Outcome[str, str]] = field(default_factory=list)
    during: Callable[[], None] = lambda: None

    def prepare(self, _session: object, _key: int) -> str | Verdict:
        return self.ready or "request"

    def send(self, request: str) -> str:
        assert request == "request"
        assert not in_transaction(db.session()), "no call inside a transaction"
        self.sent += 1
        self.during()
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        return "answer"

    def query(self, _request: str) -> str | None:
        self.queried += 1
        return self.known

    def conclude(self, _session: object, _key: int, outcome: Outcome[str, str]) -> Verdict:
        self.seen.append(outcome)
        return outcome.verdict

    def kind(self) -> CallKind[str, str]:
        return CallKind(
            name=TOY,
            lock=lambda session, key: None,
            prepare=self.prepare,
            send=self.send,
            conclude=self.conclude,
            retry_s=(10, 600),
            is_temporary=lambda request, code: code == "BUSY",
        )


def install(app: Flask, kind: CallKind[str, str]) -> None:
    """Give the app the kind of call that the test made."""
    app.extensions[EXTENSION][CALL_KINDS][TOY] = kind


def sweep_now() -> None:
    """Every call that waits is due, and the sweep defers its job."""
    db.session.rollback()
    db.session.execute(
        text(
            "UPDATE outbound_calls SET due_at = now(), claimed_until = now()"
            " WHERE due_at IS NOT NULL"
        )
    )
    db.session.commit()
    sweep_outbound_calls()


@contextmanager
def slots_kept() -> Iterator[Callable[[], list[float]]]:
    """Gives a function: the seconds between the slots of paced calls, in the order of giving."""
    execute(
        "CREATE TABLE given_slots (id bigserial, at timestamptz)",
        "CREATE FUNCTION keep_slot() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO given_slots (at) VALUES (NEW.last_slot); RETURN NEW; END $$",
        "CREATE TRIGGER keep_slot AFTER INSERT OR UPDATE OF last_slot ON outbound_paces"
        " FOR EACH ROW EXECUTE FUNCTION keep_slot()",
    )

    def gaps() -> list[float]:
        db.session.rollback()
        found = db.session.scalars(text("SELECT at FROM given_slots ORDER BY id")).all()
        return [(after - before).total_seconds() for before, after in pairwise(found)]

    try:
        yield gaps
    finally:
        db.session.rollback()
        execute(
            "DROP TRIGGER keep_slot ON outbound_paces",
            "DROP FUNCTION keep_slot",
            "DROP TABLE given_slots",
        )


def call_of(kind: str, key: int) -> dict[str, Any]:
    """The row of a call."""
    db.session.rollback()
    found = db.session.execute(
        text("SELECT * FROM outbound_calls WHERE kind = :kind AND key = :key"),
        {"kind": kind, "key": key},
    )
    return dict(found.mappings().one())
