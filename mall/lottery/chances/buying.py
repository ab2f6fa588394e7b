"""Chances for points, at the price that the shopper saw; unused ones go back at the end.

Lock order: the lottery (its key, shared), the points account, then the chances. Blind boxes are
sold like that, too (`boxes`): while the lottery runs, to who is of age, within the daily cap.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.db import db, db_now, transaction
from mall.kernel.ledger import Reason
from mall.lottery.boxes.caps import keep_daily_cap
from mall.lottery.boxes.errors import BoxAgeUnconfirmed
from mall.lottery.boxes.queries import box_of
from mall.lottery.chances.kinds import BUY, RETURN
from mall.lottery.chances.ledger import Move, lock_chances, write_entry
from mall.lottery.errors import (
    LotteryChanceNotSold,
    LotteryNotFound,
    LotteryOver,
    LotteryPaused,
    LotteryPriceChanged,
)
from mall.lottery.models import Lottery, LotteryChanceEntry, LotteryVersion
from mall.lottery.rules.table import read_table
from mall.points.ledger import accounts
from mall.points.ledger.holding import give_back, spend
from mall.points.ledger.kinds import LOTTERY_CHANCE, LOTTERY_RETURN
from mall.users.queries import hold_open_account

MOST = 10
"""Chances that are bought at once."""
_BATCH = 100
_UNUSED = text(
    """
    SELECT c.lottery_id, c.user_id FROM lottery_chances c
    JOIN lotteries l ON l.id = c.lottery_id AND l.ended_at IS NOT NULL
    WHERE c.bought > 0 AND (c.lottery_id, c.user_id) > (:lottery_id, :user_id)
    ORDER BY c.lottery_id, c.user_id LIMIT :most
    """
)


def buy_chances(
    user_id: int, lottery_id: int, count: int, points: int, *, of_age: bool = False
) -> None:
    """Buy `count` chances; `points` is the price of one that the shopper saw. `of_age` is that the
    shopper has confirmed the notice of blind boxes.

    Raises LotteryNotFound, LotteryOver, LotteryPaused, LotteryChanceNotSold, LotteryPriceChanged,
    PointsShort, AccountClosed; of blind boxes BoxAgeUnconfirmed, LotteryNotStarted, BoxDailyCap,
    BoxesGone.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        price = _price(session, lottery_id)
        box = box_of(session, lottery_id)
        if box is not None and not of_age:
            raise BoxAgeUnconfirmed(param="of_age")
        if points != price:
            raise LotteryPriceChanged(param="points")
        number, paid = secrets.token_hex(16), price * count
        spend(session, user_id, Reason(LOTTERY_CHANCE, _source(number)), paid)
        lock_chances(session, user_id, lottery_id)
        if box is not None:
            keep_daily_cap(session, user_id, lottery_id, count, box.daily_boxes)
        write_entry(session, user_id, lottery_id, Move(BUY, number, bought=count, points=paid))


def return_unused() -> int:
    """Give back the points of chances that were bought and not used, of lotteries that are over;
    how many shoppers. Each has a transaction of their own; safe to repeat."""
    done, last = 0, (0, 0)
    while True:
        values = {"lottery_id": last[0], "user_id": last[1], "most": _BATCH}
        due = db.session.execute(_UNUSED, values).all()
        db.session.rollback()
        for row in due:
            with transaction() as session:
                _return(session, row.user_id, row.lottery_id)
        done += len(due)
        if len(due) < _BATCH:
            return done
        last = (due[-1].lottery_id, due[-1].user_id)


def _price(session: Session, lottery_id: int) -> int:
    """What a chance costs now. Of a lottery that ends meanwhile it is returned like the others. Its
    box isn't bound meanwhile."""
    row: Any = session.execute(
        select(
            Lottery.version,
            Lottery.ended_at,
            Lottery.ends_at,
            Lottery.paused,
            LotteryVersion.canonical,
        )
        .join(
            LotteryVersion,
            (LotteryVersion.lottery_id == Lottery.id) & (LotteryVersion.version == Lottery.version),
        )
        .where(Lottery.id == lottery_id)
        .with_for_update(read=True, key_share=True, of=Lottery)
    ).one_or_none()
    if row is None:
        raise LotteryNotFound
    if row.ended_at is not None or row.ends_at <= db_now(session):
        raise LotteryOver
    if row.paused:
        raise LotteryPaused
    price = read_table(row.canonical).price_points
    if price is None:
        raise LotteryChanceNotSold
    return price


def _return(session: Session, user_id: int, lottery_id: int) -> None:
    """The last ones that were bought come back first."""
    accounts.lock(session, user_id)
    left = lock_chances(session, user_id, lottery_id).bought
    entry = LotteryChanceEntry
    bought = session.execute(
        select(entry.source, entry.bought, entry.points)
        .where(entry.lottery_id == lottery_id, entry.user_id == user_id, entry.kind == BUY)
        .order_by(entry.id.desc())
    )
    for row in bought:
        back = min(left, row.bought)
        if not back:
            break
        left -= back
        points = row.points * back // row.bought
        give_back(session, _source(row.source), points, kind=LOTTERY_RETURN)
        move = Move(RETURN, row.source, bought=-back, points=points)
        write_entry(session, user_id, lottery_id, move)


def _source(number: str) -> str:
    """Names the spent points of a purchase."""
    return f"lottery:{number}"
