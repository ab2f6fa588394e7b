"""Events: facts that other features may act on, delivered after the commit.

`publish` defers one job in the transaction of the change (all of a transaction's events
in one statement, and none at all for an event that nobody handles). The job gives the
event to each handler in a transaction of its own, with a delivery row that is unique by
(event, handler): a handler that fails is retried alone and blocks no other. Order isn't
promised, so a handler re-reads the state; and it never calls WeChat, it defers a job.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Text, Uuid, delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from mall.kernel import jobs
from mall.kernel.db import Base, before_commit, transaction


@dataclass(frozen=True)
class Event:
    """A fact. Subclasses are frozen dataclasses of plain JSON values with a stable `name`."""

    name: ClassVar[str]


EventType = TypeVar("EventType", bound=Event)
Handler = Callable[[Session, Any], None]

_types: dict[str, type[Event]] = {}
_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)
_PENDING = "mall.events"


class EventDelivery(Base):
    """That a handler has done its work for an event, once."""

    __tablename__ = "event_deliveries"
    event_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    handler: Mapped[str] = mapped_column(Text, primary_key=True)
    delivered_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


def subscribe(event: type[EventType], handler: Callable[[Session, EventType], None]) -> None:
    """Let `handler(session, event)` act on each such event, once. Called by wiring only."""
    _types[event.name] = event
    _handlers[event.name][f"{handler.__module__}.{handler.__qualname__}"] = handler


def publish(session: Session, event: Event) -> None:
    """Announce a fact of the open transaction."""
    if event.name not in _handlers:
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
    event = _types[name](**payload)
    faults = []
    for handler_name, handler in _handlers[name].items():
        try:
            _deliver(uuid.UUID(event_id), handler_name, handler, event)
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"{name}: {len(faults)} handler(s) failed", faults)


def _deliver(event_id: uuid.UUID, handler_name: str, handler: Handler, event: Event) -> None:
    with transaction() as session:
        fresh = session.execute(
            insert(EventDelivery)
            .values(event_id=event_id, handler=handler_name)
            .on_conflict_do_nothing()
            .returning(EventDelivery.event_id)
        ).first()
        if fresh:
            handler(session, event)


@jobs.job("kernel.forget_deliveries", retry=jobs.SWEEP, cron="23 * * * *")
def forget_deliveries() -> None:
    """Drop delivery rows older than any job's last retry."""
    with transaction() as session:
        session.execute(
            delete(EventDelivery).where(
                EventDelivery.delivered_at < func.now() - text("interval '7 days'")
            )
        )
