"""What staff see of lotteries."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.kernel.sheet_chunks import Number
from mall.kernel.sheet_chunks import Row as SheetRow
from mall.lottery.campaigns.building import build_table, costs_of, read_terms
from mall.lottery.campaigns.states import state_of
from mall.lottery.draws.queries import Row, draw_lines, draws, prize_lines
from mall.lottery.errors import LotteryNotFound
from mall.lottery.models import Lottery, LotteryDraw, LotteryWin
from mall.lottery.proofs.rows import all_proof_rows, published_versions, table_of
from mall.lottery.rules.previewing import preview
from mall.lottery.rules.table import Table, full_pool

PROOF_HEADER = (
    "抽奖序号",
    "规则版本",
    "用户代号",
    "随机串",
    "随机数",
    "奖品序号",
    "保底",
    "剩余数量",
)


def lotteries(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """All lotteries, newest first; one more than `limit`."""
    query = select(Lottery).execution_options(populate_existing=True)
    if before is not None:
        query = query.where(Lottery.id < before)
    found = session.scalars(query.order_by(Lottery.id.desc()).limit(limit + 1))
    now = db_now(session)
    return [_line(one, state_of(one, now)) for one in found]


def one_lottery(session: Session, lottery_id: int) -> Row:
    """A lottery with its terms. Raises LotteryNotFound."""
    lottery = _lottery(session, lottery_id)
    names = ("drawn", "spent_fen", "costs_fen", "paused", "published_at", "ended_at")
    return {
        **_line(lottery, state_of(lottery, db_now(session))),
        **{name: getattr(lottery, name) for name in (*names, "end_reason", "commitment")},
        "terms": read_terms(lottery.draft)
        if lottery.draft
        else table_of(session, lottery.id, lottery.version),
        "versions": published_versions(session, lottery_id),
    }


def cost_preview(session: Session, lottery_id: int, number: int) -> Row:
    """What so many draws of a lottery may cost, by today's cost of its prizes.

    Raises LotteryNotFound, and as `build_table` and `costs_of`.
    """
    lottery = _lottery(session, lottery_id)
    table = _terms(session, lottery)
    found = preview(table, costs_of(session, table), number)
    return {
        "draws": found.draws,
        "expected_fen": found.expected_fen,
        "worst_fen": found.worst_fen,
        "prizes": prize_lines(table, full_pool(table)),
    }


def draws_of_lottery(
    session: Session,
    lottery_id: int,
    *,
    user_id: int | None,
    refused: bool,
    before: int | None,
    limit: int,
) -> list[Row]:
    """Draws, newest first; one more than `limit`. Raises LotteryNotFound."""
    _lottery(session, lottery_id)
    query = draws().where(LotteryDraw.lottery_id == lottery_id)
    if user_id is not None:
        query = query.where(LotteryDraw.user_id == user_id)
    if refused:
        query = query.where(LotteryWin.refusal.is_not(None))
    return draw_lines(session, query, before=before, limit=limit)


def proof_sheet(lottery_id: int) -> Iterator[SheetRow]:
    """The proof rows as a sheet, up to the draw that is the last now. Raises LotteryNotFound."""
    with transaction() as session:
        drawn = _lottery(session, lottery_id).drawn
    return _proof_lines(lottery_id, drawn)


def _proof_lines(lottery_id: int, drawn: int) -> Iterator[SheetRow]:
    for row in all_proof_rows(lottery_id, drawn):
        yield (
            Number(row.number),
            Number(row.version),
            row.shopper,
            row.nonce,
            row.random,
            Number(row.prize),
            "是" if row.guaranteed else "",
            " ".join(str(left) for left in row.left),
        )


def _lottery(session: Session, lottery_id: int) -> Lottery:
    found = session.scalar(
        select(Lottery).where(Lottery.id == lottery_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise LotteryNotFound
    return found


def _terms(session: Session, lottery: Lottery) -> Table:
    if lottery.draft is None:
        return table_of(session, lottery.id, lottery.version)
    return build_table(session, read_terms(lottery.draft), lottery_id=lottery.id, version=0)


def _line(lottery: Lottery, state: str) -> Row:
    names = ("id", "name", "version", "revision")
    if lottery.draft is None:
        times: Row = {"starts_at": lottery.starts_at, "ends_at": lottery.ends_at}
    else:
        terms = read_terms(lottery.draft)
        times = {name: terms[name] for name in ("starts_at", "ends_at")}
    return {**{name: getattr(lottery, name) for name in names}, **times, "state": state}
