"""A lottery as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.compliance import campaigns
from mall.compliance.campaigns import Campaign, Draw
from mall.compliance.running import CampaignSource, Running
from mall.lottery.chances.kinds import CHANCE
from mall.lottery.models import Lottery, LotteryVersion
from mall.lottery.rules.table import REWARD, Table, odds, read_table
from mall.missions.board.triggers import TRIGGERS

KIND = "lottery"
_BP = 10_000
# Missions whose newest version gives chances of this lottery.
_TRIGGERS = text(
    """
    SELECT DISTINCT m.trigger FROM missions m
    JOIN mission_versions v ON v.mission_id = m.id AND v.version = m.version
    CROSS JOIN jsonb_array_elements(v.rewards) rule
    WHERE m.enabled AND rule -> 'reward' @> CAST(:part AS jsonb)
    ORDER BY m.trigger
    """
)


def running(session: Session) -> Iterator[Running]:
    """Lotteries that are published and not over."""
    rows = session.execute(
        select(Lottery.id, LotteryVersion.version, LotteryVersion.canonical, Lottery.costs_fen)
        .join(
            LotteryVersion,
            (LotteryVersion.lottery_id == Lottery.id) & (LotteryVersion.version == Lottery.version),
        )
        .where(Lottery.ended_at.is_(None))
        .order_by(Lottery.id)
    ).all()
    for row in rows:
        grounds = grounds_of(session, row.id)
        yield describe(read_table(row.canonical), row.costs_fen, grounds), row.version


LOTTERIES = CampaignSource(
    KIND,
    running,
    "SELECT CAST(id AS text) AS ref, version FROM lotteries WHERE version > 0 AND ended_at IS NULL",
)


def grounds_of(session: Session, lottery_id: int) -> tuple[str, ...]:
    """For what missions give chances of a lottery."""
    part = f'[{{"kind": "{CHANCE}", "what": "{lottery_id}"}}]'
    found = session.scalars(_TRIGGERS, {"part": part}).all()
    triggers = (TRIGGERS.get(name) for name in found)
    return tuple(sorted({one.ground for one in triggers if one is not None}))


def describe(table: Table, costs_fen: Sequence[int], grounds: tuple[str, ...] = ()) -> Campaign:
    """The facts of a table. A prize is worth its market price, or what it costs the shop when that
    is more."""
    likely = odds(table)
    prizes = tuple(
        campaigns.Prize(
            prize.name,
            max(prize.worth_fen, costs_fen[place]),
            quantity=prize.count,
            chance_bp=None if prize.weight is None else floor(likely[place] * _BP),
        )
        for place, prize in enumerate(table.prizes)
        if prize.kind == REWARD
    )
    return Campaign(
        kind=KIND,
        ref=str(table.lottery_id),
        name=table.name,
        texts=(table.text, *(prize.name for prize in table.prizes)),
        starts_at=table.starts_at,
        ends_at=table.ends_at,
        quantity=table.tickets,
        mechanics=(Draw(prizes, grounds),),
    )
