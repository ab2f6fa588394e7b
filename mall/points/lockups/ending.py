"""The end of a lock: by its time with the gain, early or with the account without one.

The order of locks: the lock, its offer, the account. Of an exit and the sweep one ends a lock, by a
conditional UPDATE.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.ledger import Reason
from mall.points.ledger import holding
from mall.points.ledger.forfeiting import forfeit, is_closed
from mall.points.ledger.kinds import LOCK_GAIN, UNLOCK
from mall.points.ledger.posting import post
from mall.points.ledger.validity import valid_until
from mall.points.lockups.ended_message import tell_of_end
from mall.points.lockups.errors import LockupEnded, LockupMatured, LockupNotFound
from mall.points.lockups.locking import source_of
from mall.points.lockups.models import CLOSED, EXITED, MATURED, RUNNING, Lockup, LockupOffer

BATCH = 50
_log = structlog.get_logger("mall.points.lockups")
_ENDED = (Lockup.id, Lockup.offer_id, Lockup.user_id, Lockup.gain)


def exit_early(user_id: int, lockup_id: int) -> None:
    """The shopper wants the points back now: all of them, and no gain.

    Points that have expired meanwhile can be used as `holding.release` says. Raises
    LockupNotFound, LockupEnded, and LockupMatured for one whose time has come.
    """
    with transaction() as session:
        ended = session.execute(
            update(Lockup)
            .where(
                Lockup.id == lockup_id,
                Lockup.user_id == user_id,
                Lockup.status == RUNNING,
                Lockup.matures_at > func.clock_timestamp(),
            )
            .values(status=EXITED, ended_at=func.clock_timestamp())
            .returning(*_ENDED)
        ).all()
        if not ended:
            raise _why_not(session, user_id, lockup_id)
        _free(session, ended)


def end_all_of(session: Session, user_id: int) -> None:
    """The account was closed: its locks end without a gain."""
    ended = session.execute(
        update(Lockup)
        .where(Lockup.user_id == user_id, Lockup.status == RUNNING)
        .values(status=CLOSED, ended_at=func.clock_timestamp())
        .returning(*_ENDED)
    ).all()
    _free(session, ended)


def mature_batch(failed: set[int]) -> int:
    """End some locks whose time has come: points back, gain posted; how many were due.

    One that can't be ended stays as it was and holds up no other. It joins `failed`, and locks
    that are in it aren't tried again.
    """
    with transaction() as session:
        around_commit(session, "points.before_lockup_commit", "points.after_lockup_commit")
        due = session.execute(
            select(*_ENDED)
            .where(
                Lockup.status == RUNNING,
                Lockup.matures_at <= func.clock_timestamp(),
                Lockup.id.not_in(failed),
            )
            .order_by(Lockup.matures_at, Lockup.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        _lock_offers(session, {one.offer_id for one in due})
        ended = []
        for one in sorted(due, key=lambda row: (row.user_id, row.id)):
            if _mature(session, one):
                ended.append(one)
            else:
                failed.add(one.id)
        for offer_id, gain in _gains(ended):
            _change(session, offer_id, promised=-gain, paid=gain)
        return len(due)


def _lock_offers(session: Session, offer_ids: set[int]) -> None:
    """Before the accounts, though their sums are changed last: by the locks that did end."""
    session.execute(
        select(LockupOffer.id)
        .where(LockupOffer.id.in_(offer_ids))
        .order_by(LockupOffer.id)
        .with_for_update()
    )


def _mature(session: Session, due: Any) -> bool:
    try:
        with session.begin_nested():
            session.execute(
                update(Lockup)
                .where(Lockup.id == due.id, Lockup.status == RUNNING)
                .values(status=MATURED, ended_at=func.clock_timestamp())
                .execution_options(synchronize_session=False)
            )
            _pay(session, due)
            tell_of_end(session, due.id, due.user_id)
    except Exception:
        _log.exception("ending a lock failed", lockup_id=due.id)
        return False
    return True


def _pay(session: Session, ended: Any) -> None:
    source = source_of(ended.id)
    holding.release(session, source, kind=UNLOCK)
    until = valid_until(db_now(session))
    post(session, ended.user_id, Reason(LOCK_GAIN, source), ended.gain, expires_at=until)
    if is_closed(session, ended.user_id):
        forfeit(session, ended.user_id)


def _free(session: Session, ended: Sequence[Any]) -> None:
    """Their gains are in the budget again, their points with the shopper."""
    for offer_id, gain in _gains(ended):
        _change(session, offer_id, promised=-gain)
    for one in sorted(ended, key=lambda row: row.id):
        holding.release(session, source_of(one.id), kind=UNLOCK)


def _gains(ended: Sequence[Any]) -> list[tuple[int, int]]:
    """(offer, gain of its locks), in the order in which offers are locked."""
    gains: dict[int, int] = defaultdict(int)
    for one in ended:
        gains[one.offer_id] += one.gain
    return sorted(gains.items())


def _change(session: Session, offer_id: int, *, promised: int, paid: int = 0) -> None:
    session.execute(
        update(LockupOffer)
        .where(LockupOffer.id == offer_id)
        .values(promised=LockupOffer.promised + promised, paid=LockupOffer.paid + paid)
        .execution_options(synchronize_session=False)
    )


def _why_not(session: Session, user_id: int, lockup_id: int) -> Exception:
    status = session.scalar(
        select(Lockup.status).where(Lockup.id == lockup_id, Lockup.user_id == user_id)
    )
    if status is None:
        return LockupNotFound()
    return LockupMatured() if status == RUNNING else LockupEnded()
