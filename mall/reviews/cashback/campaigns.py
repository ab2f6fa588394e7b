"""What staff do with campaigns. Every saved version goes through compliance and leaves a trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from mall.compliance.reviewing import keep_verdict, review
from mall.kernel.db import transaction
from mall.payouts.granter import CashGranter
from mall.reviews.cashback.describing import describe
from mall.reviews.cashback.errors import (
    CashbackCampaignNotFound,
    CashbackChanged,
    CashbackRuleUnfit,
)
from mall.reviews.cashback.models import CashbackCampaign
from mall.rewards.granters import read_reward
from mall.rewards.models import FEN, RewardRule
from mall.staff.audit import record

Terms = Mapping[str, Any]
CASH = CashGranter.kind
COLUMNS = (
    *("name", "text", "rule_id", "likes_needed", "days", "min_pictures"),
    *("starts_at", "ends_at"),
)


def create_campaign(terms: Terms) -> int:
    """A campaign that is off: its id.

    Raises CashbackRuleUnfit, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        values = _values(session, terms)
        campaign_id: int = session.execute(
            insert(CashbackCampaign).values(**values).returning(CashbackCampaign.id)
        ).scalar_one()
        _review(session, campaign_id, accept_warnings=terms["accept_warnings"])
        _audit(session, "create", campaign_id, after=values)
        return campaign_id


def change_campaign(campaign_id: int, terms: Terms) -> None:
    """Other terms, for shows that begin from now on. `replaces` is the version that was seen.

    Raises CashbackCampaignNotFound, CashbackChanged, CashbackRuleUnfit, CampaignRefused,
    CampaignWarned.
    """
    with transaction() as session:
        before = _locked(session, campaign_id)
        if before.version != terms["replaces"]:
            raise CashbackChanged(param="replaces")
        values = _values(session, terms)
        old = {name: getattr(before, name) for name in values}
        _set(session, campaign_id, **values, version=CashbackCampaign.version + 1)
        _review(session, campaign_id, accept_warnings=terms["accept_warnings"])
        _audit(session, "update", campaign_id, before=old, after=values)


def enable_campaign(campaign_id: int, *, enabled: bool) -> None:
    """Switch it on, or off: then nobody begins a show, and what was begun goes on. Again changes
    nothing. Raises CashbackCampaignNotFound, CampaignRefused."""
    with transaction() as session:
        before = _locked(session, campaign_id)
        if before.enabled == enabled:
            return
        _set(session, campaign_id, enabled=enabled, version=CashbackCampaign.version + 1)
        campaign = campaign_of(session, campaign_id)
        if enabled:
            review(session, describe(campaign), campaign.version, accept_warnings=True)
        else:
            keep_verdict(session, describe(campaign), campaign.version)
        _audit(
            session,
            "enable" if enabled else "disable",
            campaign_id,
            before={"enabled": not enabled},
            after={"enabled": enabled},
        )


def campaign_of(session: Session, campaign_id: int) -> CashbackCampaign:
    """One campaign, read afresh. Raises CashbackCampaignNotFound."""
    found = session.scalars(
        select(CashbackCampaign)
        .where(CashbackCampaign.id == campaign_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise CashbackCampaignNotFound
    return found


def _values(session: Session, terms: Terms) -> dict[str, Any]:
    return {name: terms[name] for name in COLUMNS} | {
        "amount_fen": _amount_of(session, terms["rule_id"])
    }


def _amount_of(session: Session, rule_id: int) -> int:
    """The one fixed amount that the rule gives."""
    rule = session.get(RewardRule, rule_id, populate_existing=True)
    if rule is None or rule.budget is None or rule.budget_unit != FEN:
        raise CashbackRuleUnfit(param="rule_id")
    reward = read_reward(rule.reward)
    if len(reward) != 1 or reward[0].kind != CASH:
        raise CashbackRuleUnfit(param="rule_id")
    return reward[0].count


def _locked(session: Session, campaign_id: int) -> Any:
    row = session.execute(
        select(*CashbackCampaign.__table__.c)
        .where(CashbackCampaign.id == campaign_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise CashbackCampaignNotFound
    return row


def _review(session: Session, campaign_id: int, *, accept_warnings: bool) -> None:
    saved = campaign_of(session, campaign_id)
    review(session, describe(saved), saved.version, accept_warnings=accept_warnings)


def _set(session: Session, campaign_id: int, **values: Any) -> None:
    session.execute(
        update(CashbackCampaign)
        .where(CashbackCampaign.id == campaign_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _audit(session: Session, verb: str, campaign_id: int, **change: Any) -> None:
    record(
        session,
        action=f"cashback_campaign.{verb}",
        target_type="cashback_campaign",
        target_id=campaign_id,
        **change,
    )
