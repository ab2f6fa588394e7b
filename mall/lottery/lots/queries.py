"""Reads of campaigns of lots: what is public, what is a shopper's own, what staff see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now
from mall.kernel.masking import mask_text
from mall.lottery.draws.queries import NAMELESS
from mall.lottery.lots.errors import LotCampaignNotFound, LotEntryNotFound
from mall.lottery.lots.models import LotCampaign, LotEntry, LotWin
from mall.lottery.lots.rules import public_terms
from mall.lottery.lots.states import state_of
from mall.reviews.writing.models import Review
from mall.users.models import User

Row = dict[str, Any]
_LISTED = ("id", "name", "starts_at", "ends_at", "draws_at", "entered")
_PUBLIC = ("canonical", "digest", "commitment", "secret", "entries_digest", "drawn_at")
_IS_OF_WIN = (LotEntry.campaign_id == LotWin.campaign_id) & (LotEntry.number == LotWin.number)


def listed(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """Campaigns that are published, newest first; one more than `limit`."""
    query = select(LotCampaign).where(LotCampaign.published_at.is_not(None))
    return _campaigns(session, query, before, limit)


def all_campaigns(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """All campaigns, drafts too, newest first; one more than `limit`."""
    return _campaigns(session, select(LotCampaign), before, limit)


def public_view(session: Session, campaign_id: int) -> Row:
    """A published campaign with its terms and hashes. Raises LotCampaignNotFound."""
    campaign = published_campaign(session, campaign_id)
    terms = public_terms(str(campaign.canonical))
    return {
        **_line(campaign, db_now(session)),
        **{name: getattr(campaign, name) for name in (*_PUBLIC, "cancel_reason")},
        **{name: terms[name] for name in ("text", "min_pictures", "spu_ids", "prizes")},
        "took_part": None if campaign.eligible is None else len(campaign.eligible),
    }


def staff_view(session: Session, campaign_id: int) -> Row:
    """A campaign for staff: terms, entries, what its prizes cost and how giving them goes.

    Raises LotCampaignNotFound.
    """
    campaign = _campaign(session, campaign_id)
    given = session.execute(
        select(
            func.count().label("wins"),
            func.count(LotWin.grant_id).label("given"),
            func.count(LotWin.refusal).label("refused"),
        ).where(LotWin.campaign_id == campaign_id)
    ).one()
    times = {name: getattr(campaign, name) for name in ("starts_at", "ends_at", "draws_at")}
    names = (
        *("paused", "costs_fen", "published_at", "drawn_at"),
        *("canceled_at", "cancel_reason", "commitment"),
    )
    return {
        **_line(campaign, db_now(session)),
        **{name: getattr(campaign, name) for name in (*names, "digest")},
        "terms": {**campaign.terms, **times},
        "took_part": None if campaign.eligible is None else len(campaign.eligible),
        **given._mapping,
    }


def entries(session: Session, campaign_id: int, *, after: int, limit: int) -> list[Row]:
    """Entries as they are published, in their order; one more than `limit`. `took_part` is None
    until the lots are drawn. Raises LotCampaignNotFound."""
    eligible = published_campaign(session, campaign_id).eligible
    took_part = None if eligible is None else set(eligible)
    rows = session.execute(
        select(LotEntry.number, LotEntry.alias, LotEntry.nonce, LotEntry.created_at)
        .where(LotEntry.campaign_id == campaign_id, LotEntry.number > after)
        .order_by(LotEntry.number)
        .limit(limit + 1)
    )
    return [
        {
            **row._mapping,
            "took_part": None if took_part is None else row.number in took_part,
        }
        for row in rows
    ]


def winners(session: Session, campaign_id: int, *, after: int, limit: int) -> list[Row]:
    """Who won what, the first prize first, with masked names; one more than `limit`.

    Raises LotCampaignNotFound.
    """
    prizes = public_terms(str(published_campaign(session, campaign_id).canonical))["prizes"]
    rows = session.execute(
        select(LotWin.place, LotWin.number, LotWin.prize, LotEntry.alias, User.nickname)
        .join(LotEntry, _IS_OF_WIN)
        .join(User, User.id == LotEntry.user_id)
        .where(LotWin.campaign_id == campaign_id, LotWin.place > after)
        .order_by(LotWin.place)
        .limit(limit + 1)
    )
    return [
        {
            "place": row.place,
            "number": row.number,
            "alias": row.alias,
            "nickname": mask_text(row.nickname or NAMELESS),
            "prize": prizes[row.prize]["name"],
        }
        for row in rows
    ]


def own_entry(session: Session, campaign_id: int, user_id: int) -> Row:
    """A shopper's entry, and what it won. Raises LotCampaignNotFound, LotEntryNotFound."""
    campaign = published_campaign(session, campaign_id)
    row = session.execute(
        select(
            *(LotEntry.number, LotEntry.alias, LotEntry.nonce, LotEntry.review_id),
            *(LotEntry.created_at, Review.status.label("review_status")),
            *(LotWin.place, LotWin.prize, LotWin.refusal),
        )
        .join(Review, Review.id == LotEntry.review_id)
        .outerjoin(LotWin, _IS_OF_WIN)
        .where(LotEntry.campaign_id == campaign_id, LotEntry.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise LotEntryNotFound
    prizes = public_terms(str(campaign.canonical))["prizes"]
    took_part = None if campaign.eligible is None else row.number in campaign.eligible
    prize = None if row.prize is None else prizes[row.prize]["name"]
    return {**row._mapping, "took_part": took_part, "prize": prize}


def published_campaign(session: Session, campaign_id: int) -> LotCampaign:
    """A campaign that is published, read afresh. Raises LotCampaignNotFound."""
    campaign = _campaign(session, campaign_id)
    if campaign.published_at is None:
        raise LotCampaignNotFound
    return campaign


def _campaign(session: Session, campaign_id: int) -> LotCampaign:
    found = session.get(LotCampaign, campaign_id, populate_existing=True)
    if found is None:
        raise LotCampaignNotFound
    return found


def _campaigns(
    session: Session, query: Select[LotCampaign], before: int | None, limit: int
) -> list[Row]:
    if before is not None:
        query = query.where(LotCampaign.id < before)
    newest = query.order_by(LotCampaign.id.desc()).limit(limit + 1)
    found = session.scalars(newest.execution_options(populate_existing=True))
    now = db_now(session)
    return [_line(one, now) for one in found]


def _line(campaign: LotCampaign, now: datetime) -> Row:
    return {
        **{name: getattr(campaign, name) for name in (*_LISTED, "revision")},
        "state": state_of(campaign, now),
    }
