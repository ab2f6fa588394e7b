"""A watch over all tests: no sweep finds work that its look doesn't see."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from mall.kernel.db import db, transaction
from mall.kernel.jobs import Job

_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
_run = Job.__call__


def watch_sweeps() -> None:
    """From now on a sweep that changes something although its look saw nothing fails the test."""
    Job.__call__ = _watched  # type: ignore[method-assign]


def sees_work(look: str) -> bool:
    """What the timers would see now."""
    with transaction() as session:
        return bool(session.scalar(text(f"SELECT EXISTS ({look})")))


def _watched(job: Job, *args: Any, **named: Any) -> None:
    if not job.look:
        _run(job, *args, **named)
        return
    seen = sees_work(job.look)
    with _changes() as changes:
        _run(job, *args, **named)
    assert seen or not changes, f"the look of {job.name} didn't see what it did: {changes[0]}"


@contextmanager
def _changes() -> Iterator[list[str]]:
    """The statements of this thread that wrote rows meanwhile."""
    found, thread = [], threading.get_ident()

    def keep(_: Any, cursor: Any, statement: str, *___: Any) -> None:
        is_write = statement.lstrip().upper().startswith(_WRITES)
        if is_write and cursor.rowcount > 0 and threading.get_ident() == thread:
            found.append(statement)

    event.listen(db.engine, "after_cursor_execute", keep)
    try:
        yield found
    finally:
        event.remove(db.engine, "after_cursor_execute", keep)
