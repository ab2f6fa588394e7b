"""Working off what is due in this process, fast: for tests of many steps."""

from __future__ import annotations

from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.kernel.jobs import JOBS

_NEXT = text(
    """
    SELECT id, task_name, args FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
    ORDER BY priority DESC, id LIMIT 100
    """
)
_DONE = text("DELETE FROM procrastinate_jobs WHERE id = :id")


def work_off() -> int:
    """Run every job that is due, one after the other, and forget it: how many there were. One that
    fails is the test's failure."""
    done = 0
    while True:
        with transaction() as session:
            due = session.execute(_NEXT).all()
        if not due:
            db.session.remove()
            return done
        for row in due:
            named = {name: value for name, value in row.args.items() if name[0] != "_"}
            JOBS[row.task_name](**named)
            db.session.remove()
            with transaction() as session:
                session.execute(_DONE, {"id": row.id})
            done += 1
