"""A draw: one chance, one random number, one proof row, one prize, in one transaction.

All draws of a lottery come one after the other on its row, which is locked for as short as can be:
everything that can be refused without it is refused before. Lock order: the shopper's account
(shared), their row of this lottery, the lottery, what the prize's granter locks, the chances.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement
from mall.kernel.sealed import sealer
from mall.lottery import metrics
from mall.lottery.chances.ledger import use_chance
from mall.lottery.draws.winning import give_prize
from mall.lottery.errors import (
    LotteryBudgetSpent,
    LotteryDailyCap,
    LotteryDrawnOut,
    LotteryNoChance,
    LotteryNotFound,
    LotteryNotStarted,
    LotteryOver,
    LotteryPaused,
)
from mall.lottery.models import SEALED_FOR
from mall.lottery.proofs.rows import table_of
from mall.lottery.rules.outcomes import Outcome, outcome, random_number
from mall.lottery.rules.table import REWARD, Pool, Prize, Table, dearest_fen
from mall.users.queries import hold_open_account

# What may be known before any lock: that there is a lottery that isn't over, and a chance.
_LOOK = PreparedStatement(
    """
    SELECT l.version, l.ended_at, coalesce(c.given + c.bought + c.boxed, 0) AS chances
    FROM lotteries l
    LEFT JOIN lottery_chances c ON c.lottery_id = l.id AND c.user_id = :user_id
    WHERE l.id = :lottery_id
    """
)
_COUNT_SHOPPER = PreparedStatement(
    f"""
    INSERT INTO lottery_shoppers AS s
        (lottery_id, user_id, alias, drawn, dry, day, day_drawn)
    VALUES (:lottery_id, :user_id, CAST(:alias AS text), 1, 0,
            CAST(timezone('{SHOP_ZONE.key}', clock_timestamp()) AS date), 1)
    ON CONFLICT (lottery_id, user_id) DO UPDATE SET
        drawn = s.drawn + 1, day = excluded.day,
        day_drawn = CASE WHEN s.day = excluded.day THEN s.day_drawn + 1 ELSE 1 END
    RETURNING dry, day_drawn
    """  # noqa: S608
)
_LOCK = PreparedStatement(
    """
    SELECT version, digest, secret_sealed, starts_at, ends_at, ended_at, paused, tickets, drawn,
           left_counts, costs_fen, budget_fen, spent_fen, clock_timestamp() AS now
    FROM lotteries WHERE id = :lottery_id FOR NO KEY UPDATE
    """
)
_WRITE = PreparedStatement(
    """
    WITH counted AS (
        UPDATE lotteries
        SET drawn = :number, left_counts = CAST(CAST(:left AS text) AS jsonb),
            spent_fen = spent_fen + :cost_fen
        WHERE id = :lottery_id
    ), shopper AS (
        UPDATE lottery_shoppers SET dry = :dry
        WHERE lottery_id = :lottery_id AND user_id = :user_id
    )
    INSERT INTO lottery_draws
        (lottery_id, number, version, user_id, nonce, random, prize, guaranteed, left_counts,
         cost_fen)
    VALUES (:lottery_id, :number, :version, :user_id, CAST(:nonce AS text),
            CAST(:random AS text), :prize, CAST(:guaranteed AS boolean),
            CAST(CAST(:left AS text) AS jsonb), :cost_fen)
    RETURNING created_at
    """
)
_tables: dict[str, Table] = {}
"""Tables by the hash of their canonical JSON, which never changes what it means."""
_MOST_TABLES = 64


@dataclass(frozen=True, slots=True)
class DrawView:
    """A draw as its shopper sees it."""

    number: int
    version: int
    nonce: str
    random: str
    prize: int
    name: str
    kind: str
    guaranteed: bool
    refusal: str | None
    created_at: datetime


def draw(user_id: int, lottery_id: int, nonce: str) -> DrawView:
    """Use one chance. The prize is given at once; one that its granter refuses is kept and given
    later. `nonce` is the shopper's own part of the randomness.

    Raises LotteryNotFound, LotteryNotStarted, LotteryPaused, LotteryOver, LotteryDrawnOut,
    LotteryBudgetSpent, LotteryNoChance, LotteryDailyCap, AccountClosed.
    """
    with transaction() as session:
        seen = _LOOK.first(session, lottery_id=lottery_id, user_id=user_id)
        if seen is None or not seen.version:
            raise LotteryNotFound
        if seen.ended_at is not None:
            raise LotteryOver
        if not seen.chances:
            raise LotteryNoChance
        hold_open_account(session, user_id)
        shopper: Any = _COUNT_SHOPPER.first(
            session, lottery_id=lottery_id, user_id=user_id, alias=secrets.token_hex(8)
        )
        lottery: Any = _LOCK.first(session, lottery_id=lottery_id)
        table = _table_of(session, lottery_id, lottery)
        pool = Pool(lottery.drawn, tuple(lottery.left_counts))
        _must_be_open(lottery)
        _must_have_room(lottery, table, pool, shopper)
        number = lottery.drawn + 1
        random = random_number(_secret(lottery), lottery_id, lottery.version, number, nonce)
        came = outcome(table, pool, shopper.dry, random)
        prize = table.prizes[came.prize]
        made: Any = _WRITE.first(
            session,
            lottery_id=lottery_id,
            user_id=user_id,
            number=number,
            version=lottery.version,
            nonce=nonce,
            random=random.hex(),
            prize=came.prize,
            guaranteed=came.guaranteed,
            left=json.dumps(came.pool.left),
            cost_fen=lottery.costs_fen[came.prize],
            dry=0 if prize.kind == REWARD else shopper.dry + 1,
        )
        refusal = None
        if prize.kind == REWARD:
            refusal = give_prize(session, user_id, lottery_id, number, prize)
        use_chance(session, user_id, lottery_id, number)
        _count(prize, came)
        return DrawView(
            number=number,
            version=lottery.version,
            nonce=nonce,
            random=random.hex(),
            prize=came.prize,
            name=prize.name,
            kind=prize.kind,
            guaranteed=came.guaranteed,
            refusal=refusal,
            created_at=made.created_at,
        )


def _must_be_open(lottery: Any) -> None:
    if lottery.ended_at is not None or lottery.now >= lottery.ends_at:
        raise LotteryOver
    if lottery.now < lottery.starts_at:
        raise LotteryNotStarted
    if lottery.paused:
        raise LotteryPaused


def _must_have_room(lottery: Any, table: Table, pool: Pool, shopper: Any) -> None:
    """Tickets, budget for the dearest prize that may come, and the shopper's day."""
    if table.tickets is not None and pool.drawn >= table.tickets:
        raise LotteryDrawnOut
    if lottery.budget_fen is not None:
        dearest = dearest_fen(table, lottery.costs_fen, pool)
        if lottery.spent_fen + dearest > lottery.budget_fen:
            raise LotteryBudgetSpent
    if table.daily_draws is not None and shopper.day_drawn > table.daily_draws:
        raise LotteryDailyCap


def _table_of(session: Session, lottery_id: int, lottery: Any) -> Table:
    table = _tables.get(lottery.digest)
    if table is None:
        table = table_of(session, lottery_id, lottery.version)
        if len(_tables) >= _MOST_TABLES:
            _tables.clear()
        _tables[lottery.digest] = table
    return table


def _secret(lottery: Any) -> bytes:
    return bytes.fromhex(sealer().open(lottery.secret_sealed, SEALED_FOR))


def _count(prize: Prize, came: Outcome) -> None:
    won = "guaranteed" if came.guaranteed else "won" if prize.kind == REWARD else "nothing"
    metrics.DRAWS.labels(won).inc()
