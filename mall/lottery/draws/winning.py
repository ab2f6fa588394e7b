"""Prizes: given as rewards when they are won; what was refused is tried again.

Once are they by the key of `reward_grants` (rule, event, shopper); `lottery_wins` says how it went.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.kernel.prepared import PreparedStatement
from mall.lottery import metrics
from mall.lottery.errors import LotteryDrawNotFound, LotteryPrizeNotRefused
from mall.lottery.models import LotteryDraw, LotteryVersion, LotteryWin
from mall.lottery.rules.table import Prize, read_table
from mall.rewards.granting import Source, grant
from mall.staff.audit import record

_BATCH = 100
_WIN = PreparedStatement(
    """
    INSERT INTO lottery_wins (lottery_id, number, user_id, grant_id, refusal)
    VALUES (:lottery_id, :number, :user_id, CAST(:grant_id AS bigint), CAST(:refusal AS text))
    """
)
# Of shoppers whose account is open: a closed one gets nothing any more.
_REFUSED = text(
    """
    SELECT w.lottery_id, w.number FROM lottery_wins w
    JOIN users u ON u.id = w.user_id AND u.closed_at IS NULL
    WHERE w.refusal IS NOT NULL AND (w.lottery_id, w.number) > (:lottery_id, :number)
    ORDER BY w.lottery_id, w.number LIMIT :most
    """
)


def give_prize(
    session: Session, user_id: int, lottery_id: int, number: int, prize: Prize
) -> str | None:
    """Give what a draw won, in the draw's transaction; the code of the refusal, if any."""
    values = _try(session, user_id, lottery_id, number, prize)
    _WIN.rows(session, lottery_id=lottery_id, number=number, user_id=user_id, **values)
    refusal: str | None = values["refusal"]
    return refusal


def give_refused(lottery_id: int, number: int) -> None:
    """Give a prize that could not be given, by hand; it may be refused again.

    Raises LotteryDrawNotFound, LotteryPrizeNotRefused.
    """
    with transaction() as session:
        before = _give_again(session, lottery_id, number)
        if before is None:
            known = select(LotteryWin.number).where(
                LotteryWin.lottery_id == lottery_id, LotteryWin.number == number
            )
            raise LotteryPrizeNotRefused if session.scalar(known) else LotteryDrawNotFound
        record(
            session,
            action="lottery.give_prize",
            target_type="lottery_draw",
            target_id=f"{lottery_id}:{number}",
            after={"refusal": before},
        )


def give_all_refused() -> int:
    """Try every prize again that was refused, each in a transaction of its own; how many are
    tried. Safe to repeat."""
    tried, last = 0, (0, 0)
    while True:
        values = {"lottery_id": last[0], "number": last[1], "most": _BATCH}
        due = db.session.execute(_REFUSED, values).all()
        db.session.rollback()
        for row in due:
            with transaction() as session:
                _give_again(session, row.lottery_id, row.number)
        tried += len(due)
        if len(due) < _BATCH:
            return tried
        last = (due[-1].lottery_id, due[-1].number)


def _give_again(session: Session, lottery_id: int, number: int) -> str | None:
    """The refusal of before; None when it isn't refused. Locks the win."""
    win: Any = session.execute(
        select(LotteryWin.user_id, LotteryWin.refusal)
        .where(LotteryWin.lottery_id == lottery_id, LotteryWin.number == number)
        .where(LotteryWin.refusal.is_not(None))
        .with_for_update(key_share=True)
    ).one_or_none()
    if win is None:
        return None
    prize = _prize_of(session, lottery_id, number)
    values = _try(session, win.user_id, lottery_id, number, prize)
    session.execute(
        update(LotteryWin)
        .where(LotteryWin.lottery_id == lottery_id, LotteryWin.number == number)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return str(win.refusal)


def _prize_of(session: Session, lottery_id: int, number: int) -> Prize:
    row = session.execute(
        select(LotteryDraw.prize, LotteryVersion.canonical)
        .join(
            LotteryVersion,
            (LotteryVersion.lottery_id == LotteryDraw.lottery_id)
            & (LotteryVersion.version == LotteryDraw.version),
        )
        .where(LotteryDraw.lottery_id == lottery_id, LotteryDraw.number == number)
    ).one()
    prize: Prize = read_table(row.canonical).prizes[row.prize]
    return prize


def _try(
    session: Session, user_id: int, lottery_id: int, number: int, prize: Prize
) -> dict[str, Any]:
    """The grant, or why it was refused. A refusal undoes only itself."""
    if prize.rule_id is None:
        raise ValueError(f"{prize.name} is no prize")
    try:
        with session.begin_nested():
            made = grant(
                session, user_id, Source(prize.rule_id, event_of(lottery_id, number)), prize.reward
            )
    except MallError as refused:
        metrics.PRIZES.labels("refused").inc()
        return {"grant_id": None, "refusal": refused.code}
    metrics.PRIZES.labels("given").inc()
    return {"grant_id": made.id, "refusal": None}


def event_of(lottery_id: int, number: int) -> str:
    """What a prize is given for."""
    return f"lottery:{lottery_id}:{number}"
