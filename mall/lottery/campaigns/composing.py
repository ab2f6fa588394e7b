"""Composing lotteries, publishing them, changing them in their shoppers' favour.

Every change locks the lottery's row. Each leaves an audit row and, of published terms, a verdict.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.kernel.db import db_now, transaction
from mall.kernel.sealed import sealer
from mall.lottery.boxes.rules import must_stay_boxes
from mall.lottery.campaigns.building import Terms, build_table, costs_of, plain_terms, read_terms
from mall.lottery.campaigns.describing import describe, grounds_of
from mall.lottery.errors import (
    LotteryChanged,
    LotteryNotFound,
    LotteryNotInFavour,
    LotteryNotPublished,
    LotteryOver,
    LotteryPublished,
    LotteryTimesInvalid,
)
from mall.lottery.models import SEALED_FOR, Lottery, LotteryVersion
from mall.lottery.proofs.rows import table_of
from mall.lottery.rules.favour import grown_pool, objections
from mall.lottery.rules.outcomes import commitment_to
from mall.lottery.rules.table import Pool, Table, canonical, digest, full_pool
from mall.staff.audit import record

SECRET_BYTES = 32


def create_lottery(terms: Terms) -> int:
    """A new draft: its id. Raises what `build_table` and `costs_of` raise."""
    with transaction() as session:
        _check(session, terms, 0)
        draft = plain_terms(terms)
        lottery_id = session.execute(
            insert(Lottery).values(name=terms["name"], draft=draft).returning(Lottery.id)
        ).scalar_one()
        audit(session, "create", lottery_id, draft)
        return lottery_id


def change_draft(lottery_id: int, replaces: int, terms: Terms) -> None:
    """Other terms for a draft. `replaces` is the revision that staff have seen.

    Raises LotteryNotFound, LotteryPublished, LotteryChanged, and as create_lottery.
    """
    with transaction() as session:
        lottery = lock_lottery(session, lottery_id)
        if lottery.version:
            raise LotteryPublished
        _must_be(lottery, replaces)
        _check(session, terms, lottery_id)
        draft = plain_terms(terms)
        set_lottery(
            session, lottery_id, name=terms["name"], draft=draft, revision=lottery.revision + 1
        )
        audit(session, "update", lottery_id, draft)


def publish(lottery_id: int, replaces: int, *, accept_warnings: bool = False) -> None:
    """Make the draft the first version: its table, the hash of that, and a commitment to a secret
    that is drawn now. Odds and rules are public from now on, before the start.

    Raises LotteryNotFound, LotteryPublished, LotteryChanged, LotteryTimesInvalid, CampaignRefused,
    CampaignWarned, and as create_lottery.
    """
    with transaction() as session:
        lottery = lock_lottery(session, lottery_id)
        if lottery.draft is None:
            raise LotteryPublished
        _must_be(lottery, replaces)
        terms = read_terms(lottery.draft)
        if terms["starts_at"] <= db_now(session):
            raise LotteryTimesInvalid(param="starts_at")
        secret = secrets.token_bytes(SECRET_BYTES)
        commitment = commitment_to(secret)
        table = build_table(session, terms, lottery_id=lottery_id, version=1, commitment=commitment)
        first = {
            "draft": None,
            "commitment": commitment,
            "secret_sealed": sealer().seal(secret.hex(), SEALED_FOR),
            "starts_at": table.starts_at,
            "published_at": func.clock_timestamp(),
        }
        save_version(
            session, lottery, table, full_pool(table), accept_warnings=accept_warnings, **first
        )
        audit(session, "publish", lottery_id, {"version": 1, "commitment": commitment})


def change_published(
    lottery_id: int, replaces: int, terms: Terms, *, accept_warnings: bool = False
) -> None:
    """A further version of a published lottery, in the consumer's favour (`favour.objections`).
    It holds from the next draw on.

    Raises LotteryNotFound, LotteryNotPublished, LotteryOver, LotteryChanged, LotteryNotInFavour,
    BoxTableInvalid, CampaignRefused, CampaignWarned, and as create_lottery.
    """
    with transaction() as session:
        lottery = lock_lottery(session, lottery_id)
        if lottery.ends_at is None:
            raise LotteryNotPublished
        if lottery.ended_at is not None or db_now(session) >= lottery.ends_at:
            raise LotteryOver
        _must_be(lottery, replaces)
        old = table_of(session, lottery_id, lottery.version)
        table = build_table(
            session,
            terms,
            lottery_id=lottery_id,
            version=lottery.version + 1,
            commitment=old.commitment,
        )
        pool = Pool(lottery.drawn, tuple(lottery.left_counts))
        wrong = list(objections(old, table, pool))
        if wrong:
            reasons = "；".join(dict.fromkeys(message for _, message in wrong))
            said = f"{LotteryNotInFavour.message}：{reasons}"
            raise LotteryNotInFavour(said, param=wrong[0][0])
        must_stay_boxes(session, table, costs_of(session, table))
        grown = grown_pool(old, table, pool)
        save_version(session, lottery, table, grown, accept_warnings=accept_warnings)
        audit(session, "improve", lottery_id, plain_terms(terms))


def save_version(
    session: Session,
    lottery: Lottery,
    table: Table,
    pool: Pool,
    *,
    accept_warnings: bool,
    **first: Any,
) -> None:
    """Write a version of a locked lottery, and what is left under it; `first` are columns that stay
    from then on. Raises CampaignRefused, CampaignWarned."""
    costs = costs_of(session, table)
    written = canonical(table)
    values = {
        "version": table.version,
        "digest": digest(written),
        "costs_fen": costs,
    }
    set_lottery(
        session,
        lottery.id,
        **values,
        **first,
        name=table.name,
        revision=lottery.revision + 1,
        ends_at=table.ends_at,
        tickets=table.tickets,
        left_counts=list(pool.left),
        budget_fen=table.budget_fen,
    )
    session.execute(
        insert(LotteryVersion).values(
            **values, lottery_id=lottery.id, from_draw=pool.drawn + 1, canonical=written
        )
    )
    campaign = describe(table, costs, grounds_of(session, lottery.id))
    review(session, campaign, table.version, accept_warnings=accept_warnings)


def lock_lottery(session: Session, lottery_id: int) -> Lottery:
    """A lottery, locked and read afresh. Raises LotteryNotFound."""
    found = session.scalar(
        select(Lottery)
        .where(Lottery.id == lottery_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise LotteryNotFound
    return found


def set_lottery(session: Session, lottery_id: int, **values: Any) -> None:
    """Write columns of a lottery that is locked."""
    session.execute(
        update(Lottery)
        .where(Lottery.id == lottery_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def audit(session: Session, verb: str, lottery_id: int, after: Terms) -> None:
    """The audit row of what staff did."""
    record(
        session,
        action=f"lottery.{verb}",
        target_type="lottery",
        target_id=lottery_id,
        after=after,
    )


def _check(session: Session, terms: Terms, lottery_id: int) -> None:
    costs_of(session, build_table(session, terms, lottery_id=lottery_id, version=0))


def _must_be(lottery: Lottery, replaces: int) -> None:
    if lottery.revision != replaces:
        raise LotteryChanged(param="replaces")
