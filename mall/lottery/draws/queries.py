"""Reads of lotteries: what is public, and what is a shopper's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db_now
from mall.kernel.masking import mask_text
from mall.lottery.boxes.queries import public_box
from mall.lottery.campaigns.states import state_of
from mall.lottery.models import (
    Lottery,
    LotteryChances,
    LotteryDraw,
    LotteryShopper,
    LotteryVersion,
    LotteryWin,
)
from mall.lottery.proofs.rows import published_lottery, published_versions, table_of
from mall.lottery.rules.table import Pool, Table, odds, ppm, read_table
from mall.users.models import User

Row = dict[str, Any]
NAMELESS = "微信用户"


def listed(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """Lotteries that are published and not over, newest first; one more than `limit`."""
    query = select(Lottery).where(Lottery.version > 0, Lottery.ended_at.is_(None))
    if before is not None:
        query = query.where(Lottery.id < before)
    now = db_now(session)
    return [_line(one, now) for one in session.scalars(_newest(query, limit))]


def public_view(session: Session, lottery_id: int) -> Row:
    """All that is public of a lottery. Raises LotteryNotFound."""
    lottery = published_lottery(session, lottery_id)
    versions = published_versions(session, lottery_id)
    table = read_table(versions[-1].canonical)
    pool = Pool(lottery.drawn, tuple(lottery.left_counts))
    names = ("text", "tickets", "guarantee", "daily_draws", "price_points", "budget_fen")
    return {
        **_line(lottery, db_now(session)),
        **{name: getattr(table, name) for name in names},
        "ended_at": lottery.ended_at,
        "end_reason": lottery.end_reason,
        "drawn": lottery.drawn,
        "prizes": prize_lines(table, pool),
        "box": public_box(session, lottery),
        "digest": lottery.digest,
        "commitment": lottery.commitment,
        "secret": lottery.secret,
        "versions": versions,
    }


def prize_lines(table: Table, pool: Pool) -> list[Row]:
    """The prizes with their odds in the first draw and in the next one."""
    published, following = odds(table), odds(table, pool)
    return [
        {
            "place": place,
            "name": prize.name,
            "kind": prize.kind,
            "worth_fen": prize.worth_fen,
            "count": prize.count,
            "left": None if prize.count is None else pool.left[place],
            "weight": prize.weight,
            "odds": str(published[place]),
            "odds_ppm": ppm(published[place]),
            "next_odds_ppm": ppm(following[place]),
        }
        for place, prize in enumerate(table.prizes)
    ]


def winners(session: Session, lottery_id: int, *, before: int | None, limit: int) -> list[Row]:
    """Who won what, newest first, with masked names; one more than `limit`.

    Raises LotteryNotFound.
    """
    published_lottery(session, lottery_id)
    query = (
        select(LotteryWin.number, LotteryWin.created_at, User.nickname, *_PRIZE)
        .join(LotteryDraw, _IS_OF_DRAW)
        .join(LotteryVersion, _IS_UNDER)
        .join(User, User.id == LotteryWin.user_id)
        .where(LotteryWin.lottery_id == lottery_id)
    )
    if before is not None:
        query = query.where(LotteryWin.number < before)
    rows = session.execute(query.order_by(LotteryWin.number.desc()).limit(limit + 1))
    return [
        {
            "number": row.number,
            "nickname": mask_text(row.nickname or NAMELESS),
            "prize": read_table(row.canonical).prizes[row.prize].name,
            "created_at": row.created_at,
        }
        for row in rows
    ]


def standing(session: Session, lottery_id: int, user_id: int) -> Row:
    """Where a shopper stands. Raises LotteryNotFound."""
    lottery = published_lottery(session, lottery_id)
    chances = session.execute(
        select(LotteryChances.given, LotteryChances.bought, LotteryChances.boxed).where(
            LotteryChances.lottery_id == lottery_id, LotteryChances.user_id == user_id
        )
    ).one_or_none()
    today = func.timezone(SHOP_ZONE.key, func.clock_timestamp())
    shopper = session.execute(
        select(
            *(LotteryShopper.drawn, LotteryShopper.dry, LotteryShopper.day_drawn),
            LotteryShopper.alias,
            (LotteryShopper.day == func.date(today)).label("is_today"),
        ).where(LotteryShopper.lottery_id == lottery_id, LotteryShopper.user_id == user_id)
    ).one_or_none()
    guarantee = table_of(session, lottery_id, lottery.version).guarantee
    dry = shopper.dry if shopper else 0
    return {
        "given": chances.given if chances else 0,
        "bought": chances.bought if chances else 0,
        "boxed": chances.boxed if chances else 0,
        "drawn": shopper.drawn if shopper else 0,
        "drawn_today": shopper.day_drawn if shopper and shopper.is_today else 0,
        "until_guarantee": max(guarantee.draws - dry, 1) if guarantee else None,
        "shopper": shopper.alias if shopper else None,
    }


def draws_of(
    session: Session, lottery_id: int, user_id: int, *, before: int | None, limit: int
) -> list[Row]:
    """A shopper's draws, newest first; one more than `limit`. Raises LotteryNotFound."""
    published_lottery(session, lottery_id)
    query = draws().where(LotteryDraw.lottery_id == lottery_id, LotteryDraw.user_id == user_id)
    return draw_lines(session, query, before=before, limit=limit)


def draws() -> Select[Any]:
    """Draws with how giving their prizes went."""
    return (
        select(
            *LotteryDraw.__table__.c,
            LotteryVersion.canonical,
            LotteryWin.grant_id,
            LotteryWin.refusal,
        )
        .join(LotteryVersion, _IS_UNDER)
        .outerjoin(LotteryWin, _IS_OF_DRAW)
    )


def draw_lines(
    session: Session, query: Select[Any], *, before: int | None, limit: int
) -> list[Row]:
    """Rows of `draws` by falling number, with the names of the prizes."""
    if before is not None:
        query = query.where(LotteryDraw.number < before)
    rows = session.execute(query.order_by(LotteryDraw.number.desc()).limit(limit + 1)).mappings()
    return [_with_prize(row) for row in rows]


_PRIZE: Sequence[Any] = (LotteryDraw.prize, LotteryVersion.canonical)
_IS_OF_DRAW = (LotteryWin.lottery_id == LotteryDraw.lottery_id) & (
    LotteryWin.number == LotteryDraw.number
)
_IS_UNDER = (LotteryVersion.lottery_id == LotteryDraw.lottery_id) & (
    LotteryVersion.version == LotteryDraw.version
)


def _with_prize(row: Any) -> Row:
    prize = read_table(row["canonical"]).prizes[row["prize"]]
    return {**row, "name": prize.name, "kind": prize.kind}


def _line(lottery: Lottery, now: datetime) -> Row:
    names = ("id", "name", "version", "starts_at", "ends_at")
    return {**{name: getattr(lottery, name) for name in names}, "state": state_of(lottery, now)}


def _newest(query: Select[Any], limit: int) -> Select[Any]:
    ordered = query.order_by(Lottery.id.desc()).limit(limit + 1)
    return ordered.execution_options(populate_existing=True)
