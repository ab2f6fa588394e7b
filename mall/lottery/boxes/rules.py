"""What makes a published table one of blind boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.lottery.boxes.errors import BoxTableInvalid
from mall.lottery.boxes.models import LotteryBox
from mall.lottery.rules.table import REWARD, Table


def faults(table: Table, costs_fen: Sequence[int]) -> Iterator[str]:
    """Why a table is none of blind boxes: something in each box, that can be opened whenever it was
    sold. `costs_fen` is what each prize costs the shop."""
    if table.counted != table.tickets or any(one.kind != REWARD for one in table.prizes):
        yield "盲盒须全部为定量奖品，数量合计等于抽奖总次数，不设谢谢参与"
        return
    if table.daily_draws is not None:
        yield "盲盒不限每日抽奖次数，请设置每日限购"
    worth = sum(count * cost for count, cost in zip(table.counts, costs_fen, strict=True))
    if table.budget_fen is not None and table.budget_fen < worth:
        yield "预算须够发放全部奖品"


def must_be_boxes(table: Table, costs_fen: Sequence[int]) -> None:
    """Raises BoxTableInvalid, which says why."""
    wrong = list(faults(table, costs_fen))
    if wrong:
        raise BoxTableInvalid("；".join(wrong))


def must_stay_boxes(session: Session, table: Table, costs_fen: Sequence[int]) -> None:
    """A further version of a lottery that is sold as boxes is one of boxes. The lottery is locked.
    Raises BoxTableInvalid."""
    found = select(LotteryBox.lottery_id).where(LotteryBox.lottery_id == table.lottery_id)
    if session.scalar(found) is not None:
        must_be_boxes(table, costs_fen)
