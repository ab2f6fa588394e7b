"""Composing campaigns of lots, publishing and canceling them. Every change locks the campaign's row
and leaves an audit row."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.kernel.db import db_now, transaction
from mall.kernel.sealed import sealer
from mall.lottery.campaigns.building import rewards_of
from mall.lottery.campaigns.composing import SECRET_BYTES
from mall.lottery.lots.describing import VERSION, describe
from mall.lottery.lots.errors import (
    LotCampaignChanged,
    LotCampaignNotFound,
    LotCampaignNotPublished,
    LotCampaignOver,
    LotCampaignPublished,
    LotTimesInvalid,
)
from mall.lottery.lots.models import SEALED_FOR, LotCampaign
from mall.lottery.lots.rules import canonical
from mall.lottery.rules.outcomes import commitment_to
from mall.lottery.rules.table import digest
from mall.rewards.granters import Reward, cost_fen, write_reward
from mall.staff.audit import record

Terms = Mapping[str, Any]
"""By the fields of `LotTerms`; times are moments."""
_TIMES = ("starts_at", "ends_at", "draws_at")


def create_campaign(terms: Terms) -> int:
    """A new draft: its id. Raises LotTimesInvalid, LotteryRuleUnknown, LotteryRuleBounded."""
    with transaction() as session:
        values = _checked(session, terms)
        campaign_id = session.execute(
            insert(LotCampaign).values(**values).returning(LotCampaign.id)
        ).scalar_one()
        _audit(session, "create", campaign_id, values["terms"])
        return campaign_id


def change_campaign(campaign_id: int, replaces: int, terms: Terms) -> None:
    """Other terms for a draft. `replaces` is the revision that staff have seen.

    Raises LotCampaignNotFound, LotCampaignPublished, LotCampaignChanged, and as create_campaign.
    """
    with transaction() as session:
        campaign = _draft(session, campaign_id, replaces)
        values = _checked(session, terms)
        set_campaign(session, campaign_id, **values, revision=campaign.revision + 1)
        _audit(session, "update", campaign_id, values["terms"])


def publish_campaign(campaign_id: int, replaces: int, *, accept_warnings: bool = False) -> None:
    """Make the terms public for good, before the start, with a commitment to a secret.

    Raises LotCampaignNotFound, LotCampaignPublished, LotCampaignChanged, LotTimesInvalid,
    CampaignRefused, CampaignWarned, and as create_campaign.
    """
    with transaction() as session:
        campaign = _draft(session, campaign_id, replaces)
        if campaign.starts_at <= db_now(session):
            raise LotTimesInvalid(param="starts_at")
        secret = secrets.token_bytes(SECRET_BYTES)
        commitment = commitment_to(secret)
        rewards = rewards_of(session, campaign.terms["prizes"])
        public = _public(campaign, rewards, commitment)
        written = canonical(public)
        costs = [_cost(session, one, rewards) for one in campaign.terms["prizes"]]
        set_campaign(
            session,
            campaign_id,
            published_at=func.clock_timestamp(),
            canonical=written,
            digest=digest(written),
            commitment=commitment,
            secret_sealed=sealer().seal(secret.hex(), SEALED_FOR),
            costs_fen=costs,
            revision=campaign.revision + 1,
        )
        facts = describe(campaign, public, costs)
        review(session, facts, VERSION, accept_warnings=accept_warnings)
        _audit(session, "publish", campaign_id, {"commitment": commitment})


def pause_campaign(campaign_id: int, paused: bool) -> None:
    """Let nobody take part for a while, or let it go on; the time of the draw stays. Saying so
    again changes nothing.

    Raises LotCampaignNotFound, LotCampaignNotPublished, LotCampaignOver.
    """
    with transaction() as session:
        campaign = _running(session, campaign_id)
        if campaign.paused != paused:
            set_campaign(session, campaign_id, paused=paused)
            _audit(session, "pause" if paused else "resume", campaign_id, {"paused": paused})


def cancel_campaign(campaign_id: int, reason: str) -> None:
    """End a published campaign before its lots are drawn, for a reason that is public: for what the
    law or an accident demands. Nobody wins anything.

    Raises LotCampaignNotFound, LotCampaignNotPublished, LotCampaignOver.
    """
    with transaction() as session:
        _running(session, campaign_id)
        set_campaign(session, campaign_id, canceled_at=func.clock_timestamp(), cancel_reason=reason)
        _audit(session, "cancel", campaign_id, {"cancel_reason": reason})


def cost_preview(session: Session, campaign_id: int, entries: int | None) -> dict[str, int]:
    """What the prizes cost by today's costs: expected, when so many entries take part (enough for
    all by default), of which the first ones win the first prizes; worst, when all are won.

    Raises LotCampaignNotFound, and as create_campaign.
    """
    campaign = session.get(LotCampaign, campaign_id, populate_existing=True)
    if campaign is None:
        raise LotCampaignNotFound
    prizes = campaign.terms["prizes"]
    rewards = rewards_of(session, prizes)
    units = expected_fen = worst_fen = 0
    for one in prizes:
        count, cost = one["count"], _cost(session, one, rewards)
        won = count if entries is None else max(min(entries - units, count), 0)
        units += count
        expected_fen += won * cost
        worst_fen += count * cost
    return {"prizes": units, "expected_fen": expected_fen, "worst_fen": worst_fen}


def lock_campaign(session: Session, campaign_id: int) -> LotCampaign:
    """A campaign, locked and read afresh. Raises LotCampaignNotFound."""
    found = session.scalar(
        select(LotCampaign)
        .where(LotCampaign.id == campaign_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise LotCampaignNotFound
    return found


def set_campaign(session: Session, campaign_id: int, **values: Any) -> None:
    """Write columns of a campaign that is locked."""
    session.execute(
        update(LotCampaign)
        .where(LotCampaign.id == campaign_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _running(session: Session, campaign_id: int) -> LotCampaign:
    campaign = lock_campaign(session, campaign_id)
    if campaign.published_at is None:
        raise LotCampaignNotPublished
    if campaign.drawn_at is not None or campaign.canceled_at is not None:
        raise LotCampaignOver
    return campaign


def _draft(session: Session, campaign_id: int, replaces: int) -> LotCampaign:
    campaign = lock_campaign(session, campaign_id)
    if campaign.published_at is not None:
        raise LotCampaignPublished
    if campaign.revision != replaces:
        raise LotCampaignChanged(param="replaces")
    return campaign


def _checked(session: Session, terms: Terms) -> dict[str, Any]:
    """The columns of a draft."""
    if terms["ends_at"] <= terms["starts_at"]:
        raise LotTimesInvalid(param="ends_at")
    if terms["draws_at"] < terms["ends_at"]:
        raise LotTimesInvalid(param="draws_at")
    rewards_of(session, terms["prizes"])
    plain = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in terms.items()
    }
    return {
        "name": terms["name"],
        "terms": plain,
        **{name: terms[name] for name in _TIMES},
    }


def _public(
    campaign: LotCampaign, rewards: Mapping[int, Reward], commitment: str
) -> dict[str, Any]:
    prizes = [
        {**one, "reward": write_reward(rewards[one["rule_id"]])} for one in campaign.terms["prizes"]
    ]
    return {
        **campaign.terms,
        "campaign_id": campaign.id,
        "prizes": prizes,
        "commitment": commitment,
    }


def _cost(session: Session, prize: Terms, rewards: Mapping[int, Reward]) -> int:
    """What one costs the shop, in fen: its worth where no granter can say."""
    cost = cost_fen(session, rewards[prize["rule_id"]])
    return int(prize["worth_fen"]) if cost is None else cost


def _audit(session: Session, verb: str, campaign_id: int, after: Terms) -> None:
    record(
        session,
        action=f"lots.{verb}",
        target_type="lot_campaign",
        target_id=campaign_id,
        after=after,
    )
