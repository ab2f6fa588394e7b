"""Goods that were won and not claimed in time: the prize goes back into the lottery's box.

A job publishes a further version whose count is higher by what came back, under the same rule as
staff: only where that is worse for nobody (`favour.objections`). A unit whose lottery is over, or
where a version would be worse for somebody, stays for sale in the shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import db_now, transaction
from mall.kernel.errors import MallError
from mall.kernel.failpoints import around_commit
from mall.lottery import metrics
from mall.lottery.campaigns.building import table_faults
from mall.lottery.campaigns.composing import audit, lock_lottery, save_version
from mall.lottery.models import Lottery, LotteryDraw, LotteryReturn, LotteryVersion, LotteryWin
from mall.lottery.proofs.rows import table_of
from mall.lottery.rules.favour import grown_pool, objections
from mall.lottery.rules.table import Pool, Prize, Table, read_table
from mall.prizes.events import PrizeExpired
from mall.prizes.kinds import GOODS
from mall.rewards.granters import Part

RETURNED, PENDING = "returned", "pending"
OVER, UNFAIR = "lottery_over", "lottery_not_in_favour"
BATCH = 100
"""Prizes that one version brings back at most."""


def note_return(session: Session, event: PrizeExpired) -> None:
    """Keep that a prize of a lottery wasn't claimed, once; a job looks whether it goes back.

    Only a prize that is counted, and that is these goods and nothing else: of any other a part was
    given.
    """
    won: Any = session.execute(
        select(
            LotteryDraw.lottery_id,
            LotteryDraw.number,
            LotteryDraw.prize,
            LotteryDraw.cost_fen,
            LotteryVersion.canonical,
        )
        .join(
            LotteryWin,
            (LotteryWin.lottery_id == LotteryDraw.lottery_id)
            & (LotteryWin.number == LotteryDraw.number),
        )
        .join(
            LotteryVersion,
            (LotteryVersion.lottery_id == LotteryDraw.lottery_id)
            & (LotteryVersion.version == LotteryDraw.version),
        )
        .where(LotteryWin.grant_id == event.grant_id)
    ).one_or_none()
    if won is None:
        return
    prize = read_table(won.canonical).prizes[won.prize]
    if prize.count is None or prize.reward != (Part(GOODS, str(event.sku_id), event.units),):
        return
    row = {name: getattr(won, name) for name in ("lottery_id", "number", "prize", "cost_fen")}
    session.execute(
        insert(LotteryReturn).values(claim_id=event.claim_id, **row).on_conflict_do_nothing()
    )


def return_pending() -> int:
    """Bring back what was not claimed, a version a lottery; how many prizes were decided on. Safe
    to repeat, and to kill."""
    with transaction() as session:
        lottery_ids = session.scalars(
            select(LotteryReturn.lottery_id)
            .where(LotteryReturn.state == PENDING)
            .distinct()
            .order_by(LotteryReturn.lottery_id)
        ).all()
    return sum(_return_to(lottery_id) for lottery_id in lottery_ids)


def _return_to(lottery_id: int) -> int:
    """Under the lottery's lock: no draw and no other version comes between."""
    with transaction() as session:
        around_commit(session, "lottery.before_return_commit", "lottery.after_return_commit")
        lottery = lock_lottery(session, lottery_id)
        waiting = session.execute(
            select(LotteryReturn.claim_id, LotteryReturn.prize, LotteryReturn.cost_fen)
            .where(LotteryReturn.lottery_id == lottery_id, LotteryReturn.state == PENDING)
            .order_by(LotteryReturn.number)
            .limit(BATCH)
        ).all()
        refusal, fitting = _fitting(session, lottery, waiting)
        if fitting:
            try:
                with session.begin_nested():
                    _publish(session, lottery, fitting)
            except MallError as refused:  # by the rules of compliance
                refusal, fitting = refused.code, []
        kept = {row.claim_id for row in fitting}
        _decide(session, sorted(kept), RETURNED, lottery.version + 1)
        _decide(session, [row.claim_id for row in waiting if row.claim_id not in kept], refusal)
        return len(waiting)


def _fitting(session: Session, lottery: Lottery, waiting: Sequence[Any]) -> tuple[str, list[Any]]:
    """Which of the prizes go back together, and why the others don't."""
    if lottery.ended_at is not None or lottery.ends_at is None:
        return OVER, []
    if lottery.ends_at <= db_now(session) or lottery.drawn == lottery.tickets:
        return OVER, []
    old = table_of(session, lottery.id, lottery.version)
    pool = Pool(lottery.drawn, tuple(lottery.left_counts))
    fitting: list[Any] = []
    for row in waiting:
        if _is_fair(old, _grown(old, [*fitting, row]), pool):
            fitting.append(row)
    return UNFAIR, fitting


def _is_fair(old: Table, new: Table, pool: Pool) -> bool:
    """Whether the tickets that are left suffice, and nobody is worse off."""
    grown = grown_pool(old, new, pool)
    enough = new.tickets is not None and sum(grown.left) <= new.tickets - grown.drawn
    return enough and not list(table_faults(new)) and not list(objections(old, new, pool))


def _grown(old: Table, back: Sequence[Any]) -> Table:
    """The next version: counts are higher by what came back, and so is the budget by what these
    prizes were reckoned to cost, since they cost nothing."""
    places = [row.prize for row in back]
    budget = old.budget_fen
    return replace(
        old,
        version=old.version + 1,
        prizes=tuple(_more(prize, places.count(at)) for at, prize in enumerate(old.prizes)),
        budget_fen=None if budget is None else budget + sum(row.cost_fen for row in back),
    )


def _more(prize: Prize, count: int) -> Prize:
    return prize if prize.count is None else replace(prize, count=prize.count + count)


def _publish(session: Session, lottery: Lottery, back: Sequence[Any]) -> None:
    old = table_of(session, lottery.id, lottery.version)
    table = _grown(old, back)
    pool = grown_pool(old, table, Pool(lottery.drawn, tuple(lottery.left_counts)))
    save_version(session, lottery, table, pool, accept_warnings=True)
    claims = [str(row.claim_id) for row in back]
    audit(session, "return_prizes", lottery.id, {"version": table.version, "prizes": claims})


def _decide(
    session: Session, claim_ids: Sequence[int], state: str, version: int | None = None
) -> None:
    session.execute(
        update(LotteryReturn)
        .where(LotteryReturn.claim_id.in_(claim_ids))
        .values(state=state, version=version, decided_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    outcome = "returned" if state == RETURNED else "kept"
    metrics.RETURNS.labels(outcome).inc(len(claim_ids))
