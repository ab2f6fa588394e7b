"""Pausing, ending, revealing: what happens to a published lottery by hand and by the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.kernel.sealed import sealer
from mall.lottery.campaigns.composing import audit, lock_lottery, set_lottery
from mall.lottery.errors import LotteryNotPublished, LotteryOver
from mall.lottery.models import SEALED_FOR, Lottery


def pause(lottery_id: int, paused: bool) -> None:
    """Let nobody draw for a while, or let it go on. Saying so again changes nothing.

    Raises LotteryNotFound, LotteryNotPublished, LotteryOver.
    """
    with transaction() as session:
        lottery = _running(session, lottery_id)
        if lottery.paused != paused:
            set_lottery(session, lottery_id, paused=paused)
            audit(session, "pause" if paused else "resume", lottery_id, {"paused": paused})


def end(lottery_id: int, reason: str) -> None:
    """End a lottery now, for a reason that is public, and reveal its secret.

    Before its time that is no change in the shoppers' favour: for what the law or an accident
    demands. Chances that were bought go back to points. Raises LotteryNotFound,
    LotteryNotPublished, LotteryOver.
    """
    with transaction() as session:
        lottery = _running(session, lottery_id)
        _end(session, lottery, reason)
        audit(session, "end", lottery_id, {"end_reason": reason})


def end_due() -> int:
    """End lotteries whose time is over or whose last ticket was drawn, each in a transaction of its
    own; how many. Safe to repeat."""
    with transaction() as session:
        due = session.scalars(
            select(Lottery.id)
            .where(
                Lottery.ended_at.is_(None),
                or_(Lottery.ends_at <= func.now(), Lottery.drawn >= Lottery.tickets),
            )
            .order_by(Lottery.id)
        ).all()
    ended = 0
    for lottery_id in due:
        with transaction() as session:
            lottery = lock_lottery(session, lottery_id)
            if lottery.ended_at is None and _is_over(lottery, db_now(session)):
                _end(session, lottery, "")
                ended += 1
    return ended


def _running(session: Session, lottery_id: int) -> Lottery:
    lottery = lock_lottery(session, lottery_id)
    if not lottery.version:
        raise LotteryNotPublished
    if lottery.ended_at is not None:
        raise LotteryOver
    return lottery


def _is_over(lottery: Lottery, now: datetime) -> bool:
    drawn_out = lottery.tickets is not None and lottery.drawn >= lottery.tickets
    return drawn_out or (lottery.ends_at is not None and lottery.ends_at <= now)


def _end(session: Session, lottery: Any, reason: str) -> None:
    """No draw can follow: each looks at `ended_at` under the lock that is held here."""
    secret = sealer().open(lottery.secret_sealed, SEALED_FOR)
    set_lottery(
        session, lottery.id, ended_at=func.clock_timestamp(), end_reason=reason, secret=secret
    )
