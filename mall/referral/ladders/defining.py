"""What staff do about campaigns: make one, change it before it starts, stop it.

Whoever changes one holds a lock that all changes share, so that the limit of campaigns holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import review
from mall.kernel.db import db_now, transaction
from mall.referral.ladders.arithmetic import planned_rungs
from mall.referral.ladders.campaigns import CampaignView, campaign
from mall.referral.ladders.describing import describe
from mall.referral.ladders.errors import (
    LadderChanged,
    LadderLimit,
    LadderRuleUnknown,
    LadderStarted,
    LadderStopped,
    LadderTimesInvalid,
)
from mall.referral.ladders.models import LadderCampaign, LadderRung, LadderVersion
from mall.rewards.models import RewardRule
from mall.staff.audit import record

Terms = Mapping[str, Any]
MAX_OPEN = 20
"""Campaigns that may run or wait at once: each invite looks at all of them."""
FIXED_BEFORE = timedelta(minutes=1)
"""So long before its start a campaign can't be changed any more: a change that was begun is over
when the first invite counts."""
LONGEST = timedelta(days=366)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('ladder campaigns', 0))")


def create_campaign(terms: Terms) -> CampaignView:
    """A new campaign; without `starts_at` it starts now.

    Raises LadderTimesInvalid, LadderRuleUnknown, LadderLimit, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        session.execute(_LOCK)
        _must_have_room(session)
        campaign_id = session.execute(
            insert(LadderCampaign).values(version=1).returning(LadderCampaign.id)
        ).scalar_one()
        return _save(session, campaign_id, 1, terms, "create")


def change_campaign(campaign_id: int, terms: Terms) -> CampaignView:
    """A further version of a campaign that hasn't started. `replaces` is the version that staff
    have seen.

    Raises LadderNotFound, LadderChanged, LadderStopped, LadderStarted, and as create_campaign.
    """
    with transaction() as session:
        session.execute(_LOCK)
        before = campaign(session, campaign_id)
        if before.version != terms["replaces"]:
            raise LadderChanged(param="replaces")
        if before.stopped_at is not None:
            raise LadderStopped
        if before.starts_at <= db_now(session) + FIXED_BEFORE:
            raise LadderStarted
        version = before.version + 1
        session.execute(
            update(LadderCampaign).where(LadderCampaign.id == campaign_id).values(version=version)
        )
        return _save(session, campaign_id, version, terms, "update")


def stop_campaign(campaign_id: int, reason: str) -> CampaignView:
    """Count no further invites; what was promised and given for those before stands. Again
    changes nothing. Raises LadderNotFound."""
    with transaction() as session:
        session.execute(_LOCK)
        stopped = session.scalar(
            update(LadderCampaign)
            .where(LadderCampaign.id == campaign_id, LadderCampaign.stopped_at.is_(None))
            .values(stopped_at=func.clock_timestamp(), stop_reason=reason)
            .returning(LadderCampaign.id)
        )
        if stopped is not None:
            _record(session, "stop", campaign_id, {"reason": reason})
        return campaign(session, campaign_id)


def _must_have_room(session: Session) -> None:
    count = session.scalar(
        select(func.count())
        .select_from(LadderCampaign)
        .join(
            LadderVersion,
            (LadderVersion.campaign_id == LadderCampaign.id)
            & (LadderVersion.version == LadderCampaign.version),
        )
        .where(LadderCampaign.stopped_at.is_(None), LadderVersion.ends_at > func.now())
    )
    if (count or 0) >= MAX_OPEN:
        raise LadderLimit


def _save(
    session: Session, campaign_id: int, version: int, terms: Terms, verb: str
) -> CampaignView:
    starts_at, ends_at = _times(session, terms)
    values = {name: terms[name] for name in ("name", "text", "mode")}
    values |= {"starts_at": starts_at, "ends_at": ends_at}
    session.execute(
        insert(LadderVersion).values(campaign_id=campaign_id, version=version, **values)
    )
    rungs = _rungs(session, terms)
    key = {"campaign_id": campaign_id, "version": version}
    session.execute(insert(LadderRung), [{**key, **rung} for rung in rungs])
    saved = campaign(session, campaign_id)
    review(session, describe(session, saved), version, accept_warnings=terms["accept_warnings"])
    _record(session, verb, campaign_id, {**values, "version": version, "rungs": rungs})
    return saved


def _times(session: Session, terms: Terms) -> tuple[datetime, datetime]:
    now = db_now(session).replace(microsecond=0)  # WeChat tells payments by whole seconds
    starts_at, ends_at = terms["starts_at"] or now, terms["ends_at"]
    if starts_at < now:
        raise LadderTimesInvalid(param="starts_at")
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise LadderTimesInvalid(param="ends_at")
    return starts_at, ends_at


def _rungs(session: Session, terms: Terms) -> list[dict[str, Any]]:
    """The rows of the rungs, with what their rules give now."""
    planned = planned_rungs(terms)
    wanted = {rung.rule_id for rung in planned}
    rules = {
        row.id: row
        for row in session.execute(
            select(RewardRule.id, RewardRule.name, RewardRule.reward).where(
                RewardRule.id.in_(wanted)
            )
        )
    }
    if rules.keys() != wanted:
        raise LadderRuleUnknown(param="rungs")
    return [
        {
            "position": position,
            "side": rung.side,
            "threshold": rung.threshold,
            "times": rung.times,
            "rule_id": rung.rule_id,
            "name": rules[rung.rule_id].name,
            "reward": rules[rung.rule_id].reward,
        }
        for position, rung in enumerate(planned)
    ]


def _record(session: Session, verb: str, campaign_id: int, after: Terms) -> None:
    record(
        session,
        action=f"ladder.{verb}",
        target_type="ladder_campaign",
        target_id=campaign_id,
        after=after,
    )
