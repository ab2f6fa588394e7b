"""Events: facts that other features may act on, delivered after the commit.

`publish` defers one job in the transaction of the change (all of a transaction's events
in one statement, and none at all for an event that nobody wants). The job gives the
event to each handler in a transaction of its own, with a delivery row that is unique by
(event, handler's name): a handler that fails is retried alone and blocks no other. Order
isn't promised, so a handler re-reads the state; and it never calls WeChat, it defers a job.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, cast

from flask import Flask, current_app
from sqlalchemy import Text, Uuid, func, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from mall.kernel import jobs
from mall.kernel.db import Base, before_commit, transaction
from mall.kernel.prepared import PreparedStatement
from mall.kernel.registry import Registry


@dataclass(frozen=True)
class Event:
    """A fact. Subclasses are frozen dataclasses of plain JSON values with a stable `name`."""

    name: ClassVar[str]


@dataclass(frozen=True)
class Subscription:
    """That a handler acts on each event of a type.

    `name` ("coupons.use") is the handler's identity in the delivery rows. It never changes,
    wherever the code moves: under another name the handler would act once more on the events
    whose jobs are still to be retried. `is_wanted` says, from memory, whether it would do
    anything about such an event now: one that no handler wants isn't put down.
    """

    name: str
    event: type[Event]
    handle: Callable[[Session, Any], None]
    is_wanted: Callable[[], bool] | None = None


HANDLERS: Registry[Subscription] = Registry("event handlers", lambda one: one.name)
_Index = tuple[Mapping[str, Subscription] | None, dict[str, list[Subscription]]]
_INDEX = "mall.event_handlers"
_PENDING = "mall.events"


class EventDelivery(Base):
    """That a handler has done its work for an event, once."""

    __tablename__ = "event_deliveries"
    event_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    handler: Mapped[str] = mapped_column(Text, primary_key=True)
    delivered_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


def _handlers(app: Flask) -> Mapping[str, list[Subscription]]:
    """By event name; put together at the first event of an app."""
    declared = HANDLERS.items(app)
    known, by_event = cast("_Index", app.extensions.get(_INDEX, (None, {})))
    if known is not declared:
        grouped = defaultdict(list)
        for one in declared.values():
            grouped[one.event.name].append(one)
        by_event = dict(grouped)
        app.extensions[_INDEX] = declared, by_event
    return by_event


def publish(session: Session, event: Event) -> None:
    """Announce a fact of the open transaction."""
    handlers = _handlers(current_app).get(event.name, ())
    if not any(one.is_wanted is None or one.is_wanted() for one in handlers):
        return
    before_commit(session, _defer_pending)
    session.info.setdefault(_PENDING, []).append(event)


def _defer_pending(session: Session) -> None:
    pending: list[Event] = session.info.pop(_PENDING, [])
    jobs.defer_many(
        session,
        "kernel.deliver_event",
        [{"event_id": str(uuid.uuid4()), "name": e.name, "payload": asdict(e)} for e in pending],
    )


@jobs.job("kernel.deliver_event")
def deliver_event(event_id: str, name: str, payload: dict[str, Any]) -> None:
    """Give one event to each handler that hasn't had it; fail if any handler failed."""
    faults = []
    for handler in _handlers(current_app).get(name, []):
        try:
            _deliver(uuid.UUID(event_id), handler, handler.event(**payload))
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"{name}: {len(faults)} handler(s) failed", faults)


# Of each handler of each event: worth a statement that is prepared.
_TAKE = PreparedStatement(
    """
    INSERT INTO event_deliveries (event_id, handler)
    VALUES (CAST(:event_id AS uuid), CAST(:handler AS text))
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)


def _deliver(event_id: uuid.UUID, handler: Subscription, event: Event) -> None:
    with transaction() as session:
        if _TAKE.first(session, event_id=event_id, handler=handler.name) is not None:
            handler.handle(session, event)


_FORGET = text(
    """
    DELETE FROM event_deliveries d
    WHERE d.delivered_at < now() - interval '1 hour' AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs j
        WHERE j.task_name = 'kernel.deliver_event' AND j.status <> 'succeeded'
          AND j.args ->> 'event_id' = d.event_id::text
    )
    """
)


@jobs.job("kernel.forget_deliveries", retry=jobs.SWEEP, cron="23 * * * *")
def forget_deliveries() -> None:
    """Drop the delivery rows of events whose job can't run any more.

    A job that was given up may be put back to work by hand at any time: its rows stay as
    long as it does, or the handlers that had succeeded would act once more.
    """
    with transaction() as session:
        session.execute(_FORGET)
