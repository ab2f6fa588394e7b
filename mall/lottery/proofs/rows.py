"""Proof rows as they are published and exported, and verifying those of this mall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.sealed import sealer
from mall.lottery.errors import LotteryNotFound
from mall.lottery.models import SEALED_FOR, Lottery, LotteryDraw, LotteryShopper, LotteryVersion
from mall.lottery.proofs.verifying import Fault, ProofRow, PublishedVersion, Verifier
from mall.lottery.rules.table import Table, read_table

_BATCH = 5_000


def public_proofs(session: Session, lottery_id: int, *, after: int, limit: int) -> list[ProofRow]:
    """Rows after a draw, in their order; one more than `limit`. Raises LotteryNotFound."""
    published_lottery(session, lottery_id)
    return proof_rows(session, lottery_id, after=after, limit=limit + 1)


def proof_rows(
    session: Session, lottery_id: int, *, after: int = 0, limit: int = _BATCH
) -> list[ProofRow]:
    """Rows after a draw, in their order."""
    draw = LotteryDraw
    rows = session.execute(
        select(
            *(draw.number, draw.version, LotteryShopper.alias, draw.nonce, draw.random),
            *(draw.prize, draw.guaranteed, draw.left_counts),
        )
        .join(
            LotteryShopper,
            (LotteryShopper.lottery_id == draw.lottery_id)
            & (LotteryShopper.user_id == draw.user_id),
        )
        .where(draw.lottery_id == lottery_id, draw.number > after)
        .order_by(draw.number)
        .limit(limit)
    )
    return [ProofRow(*row[:-1], tuple(row[-1])) for row in rows]


def all_proof_rows(lottery_id: int, up_to: int) -> Iterator[ProofRow]:
    """Every row up to a draw, read in batches, each in a transaction of its own."""
    after = 0
    while True:
        with transaction() as session:
            rows = proof_rows(session, lottery_id, after=after)
        yield from (row for row in rows if row.number <= up_to)
        if len(rows) < _BATCH or rows[-1].number >= up_to:
            return
        after = rows[-1].number


def published_versions(session: Session, lottery_id: int) -> list[PublishedVersion]:
    """All versions of a lottery, the oldest first."""
    version = LotteryVersion
    rows = session.execute(
        select(version.version, version.canonical, version.digest, version.from_draw)
        .where(version.lottery_id == lottery_id)
        .order_by(version.version)
    )
    return [PublishedVersion(*row) for row in rows]


def table_of(session: Session, lottery_id: int, version: int) -> Table:
    """The table of one version."""
    return read_table(
        session.scalars(
            select(LotteryVersion.canonical).where(
                LotteryVersion.lottery_id == lottery_id, LotteryVersion.version == version
            )
        ).one()
    )


def published_lottery(session: Session, lottery_id: int) -> Lottery:
    """A lottery that is published, read afresh. Raises LotteryNotFound."""
    found = session.scalar(
        select(Lottery)
        .where(Lottery.id == lottery_id, Lottery.version > 0)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise LotteryNotFound
    return found


def published_ids() -> list[int]:
    """The lotteries that are published."""
    with transaction() as session:
        return list(
            session.scalars(select(Lottery.id).where(Lottery.version > 0).order_by(Lottery.id))
        )


def verify_lottery(lottery_id: int) -> Iterator[Fault]:
    """Compute every draw up to now again; what doesn't agree. It may run beside draws.

    Raises LotteryNotFound.
    """
    with transaction() as session:
        lottery = published_lottery(session, lottery_id)
        drawn = lottery.drawn
        versions = published_versions(session, lottery_id)
    verifier = Verifier(versions, str(lottery.commitment), secret_of(lottery))
    yield from verifier.published()
    yield from verifier.rows(all_proof_rows(lottery_id, drawn))
    yield from verifier.count(drawn)


def secret_of(lottery: Lottery) -> bytes:
    """The secret: for the mall's own eyes until the lottery is over."""
    if lottery.secret_sealed is None:
        raise LotteryNotFound
    return bytes.fromhex(sealer().open(lottery.secret_sealed, SEALED_FOR))


def export(lottery_id: int) -> dict[str, Any]:
    """All that an outsider needs, as JSON: tables, hashes, the commitment, the secret once it is
    revealed, all proof rows. Raises LotteryNotFound."""
    with transaction() as session:
        lottery = published_lottery(session, lottery_id)
        drawn = lottery.drawn
        versions = published_versions(session, lottery_id)
    return {
        "lottery_id": lottery_id,
        "commitment": lottery.commitment,
        "secret": lottery.secret,
        "drawn": drawn,
        "versions": [
            {
                "version": one.version,
                "canonical": one.canonical,
                "digest": one.digest,
                "from_draw": one.from_draw,
            }
            for one in versions
        ],
        "rows": [row_json(one) for one in all_proof_rows(lottery_id, drawn)],
    }


def row_json(row: ProofRow) -> dict[str, Any]:
    """A row as it is exported."""
    return {
        "number": row.number,
        "version": row.version,
        "shopper": row.shopper,
        "nonce": row.nonce,
        "random": row.random,
        "prize": row.prize,
        "guaranteed": row.guaranteed,
        "left": list(row.left),
    }
