"""Marketing that waits for the end of the quiet hours.

The truth is the column `not_before`; this sweep decides anew on each message whose time has
come. A wave at nine o'clock is paced, so that no news of an order stands behind it.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.db import db_now, transaction
from mall.messages.admitting import admit
from mall.messages.kinds import Kind, by_rank
from mall.messages.models import Message
from mall.messages.states import Candidate

BATCH = 500
PACE = 1_000
"""At most so many messages in one run, every ten seconds: a quarter of what a worker sends."""
_ANY_DUE = "SELECT FROM messages WHERE status = 'waiting' AND not_before <= now()"
_DUE = (Message.status == "waiting", Message.not_before <= func.clock_timestamp())


@jobs.job("messages.release_waiting", retry=jobs.SWEEP, cron="* * * * * */10", look=_ANY_DUE)
def release_waiting() -> None:
    """Decide on the messages whose time has come, the most important kinds first."""
    room = PACE
    with transaction() as session:
        due = set(session.scalars(select(Message.kind).where(*_DUE).distinct()))
    for kind in by_rank():
        found = BATCH if kind.name in due else 0
        while room and found == BATCH:
            found = release_batch(kind, min(BATCH, room))
            room -= found


def release_batch(kind: Kind, limit: int = BATCH) -> int:
    """Decide on one batch of a kind; how many there were."""
    with transaction() as session:
        found = _due(session, kind, limit)
        if found:
            admit(session, kind, found, db_now(session))
    return len(found)


def _due(session: Session, kind: Kind, limit: int) -> list[Candidate]:
    rows = session.execute(
        select(Message.id, Message.user_id, Message.ref, Message.good_until)
        .where(Message.kind == kind.name, *_DUE)
        .order_by(Message.not_before, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Candidate(*row) for row in rows]
