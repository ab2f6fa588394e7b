"""Reads of what ladders gave, for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.referral.ladders.campaigns import campaign
from mall.referral.ladders.errors import LadderGrantNotFound
from mall.referral.ladders.models import LadderGrant, LadderRung
from mall.rewards.models import RewardGrant
from mall.rewards.states import CANCELED, GRANTED, PENDING, REVERSED


def _grants() -> Select[Any]:
    return (
        select(
            *LadderGrant.__table__.c,
            LadderRung.side,
            LadderRung.rule_id,
            LadderRung.name,
            (LadderRung.threshold * LadderGrant.step).label("needed"),
            RewardGrant.status,
        )
        .join(
            LadderRung,
            (LadderRung.campaign_id == LadderGrant.campaign_id)
            & (LadderRung.version == LadderGrant.version)
            & (LadderRung.position == LadderGrant.position),
        )
        .outerjoin(RewardGrant, RewardGrant.id == LadderGrant.grant_id)
    )


def grants(
    session: Session,
    *,
    campaign_id: int | None = None,
    user_id: int | None = None,
    refused: bool = False,
    before: int | None,
    limit: int,
) -> Sequence[Any]:
    """Steps that all of these are true of, newest first; one more than `limit`, for paging."""
    query = _grants().order_by(LadderGrant.id.desc()).limit(limit + 1)
    if campaign_id is not None:
        query = query.where(LadderGrant.campaign_id == campaign_id)
    if user_id is not None:
        query = query.where(LadderGrant.user_id == user_id)
    if refused:
        query = query.where(LadderGrant.refusal.is_not(None))
    if before is not None:
        query = query.where(LadderGrant.id < before)
    return session.execute(query).all()


def grant(session: Session, ladder_grant_id: int) -> Any:
    """One step with its reward. Raises LadderGrantNotFound."""
    found = session.execute(_grants().where(LadderGrant.id == ladder_grant_id)).one_or_none()
    if found is None:
        raise LadderGrantNotFound
    return found


def figures(session: Session, campaign_id: int) -> Mapping[str, int]:
    """How a campaign does: shoppers and steps by what became of them. Raises LadderNotFound."""
    campaign(session, campaign_id)
    columns = {
        state: func.count().filter(RewardGrant.status == state)
        for state in (PENDING, GRANTED, REVERSED, CANCELED)
    }
    row = session.execute(
        select(
            func.count().label("steps"),
            func.count(LadderGrant.user_id.distinct()).label("shoppers"),
            func.count().filter(LadderGrant.refusal.is_not(None)).label("refused"),
            *(column.label(name) for name, column in columns.items()),
        )
        .select_from(LadderGrant)
        .outerjoin(RewardGrant, RewardGrant.id == LadderGrant.grant_id)
        .where(LadderGrant.campaign_id == campaign_id)
    ).one()
    return dict(row._mapping)
