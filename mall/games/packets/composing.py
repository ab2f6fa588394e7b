"""Composing packet campaigns, publishing, pausing and ending them.

Every change locks the campaign's row and leaves an audit row. Published terms never change (a
trigger holds them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.catalog.scopes import scope_must_exist
from mall.compliance.reviewing import review
from mall.coupons.templates import make_for_feature
from mall.games.packets.describing import describe
from mall.games.packets.errors import (
    PacketCampaignChanged,
    PacketCampaignNotFound,
    PacketCampaignNotPublished,
    PacketCampaignOver,
    PacketCampaignPublished,
    PacketDaysInvalid,
    PacketValuesInvalid,
)
from mall.games.packets.in_use import WARM_UPS
from mall.games.packets.models import PacketCampaign
from mall.games.packets.states import ENDED, OVER, state_of
from mall.kernel.clock import day_start, shop_day
from mall.kernel.db import after_commit, db_now, transaction
from mall.staff.audit import record

Terms = Mapping[str, Any]
"""By the fields of `PacketTermsSchema`."""
_DAY = timedelta(days=1)


def create_campaign(terms: Terms) -> int:
    """A new draft: its id. Raises PacketDaysInvalid, PacketValuesInvalid, GoodsUnknown."""
    with transaction() as session:
        _check(session, terms)
        campaign_id = session.execute(
            insert(PacketCampaign).values(**terms).returning(PacketCampaign.id)
        ).scalar_one()
        _audit(session, "create", campaign_id, _plain(terms))
        return campaign_id


def change_draft(campaign_id: int, replaces: int, terms: Terms) -> None:
    """Other terms for a draft. `replaces` is the revision that staff have seen.

    Raises PacketCampaignNotFound, PacketCampaignPublished, PacketCampaignChanged, and as
    create_campaign.
    """
    with transaction() as session:
        campaign = _draft(session, campaign_id, replaces)
        _check(session, terms)
        _set(session, campaign_id, **terms, revision=campaign.revision + 1)
        _audit(session, "update", campaign_id, _plain(terms))


def publish(campaign_id: int, replaces: int, *, accept_warnings: bool = False) -> None:
    """Publish a draft on its first day at the latest, with the template of its coupons.

    Raises PacketCampaignNotFound, PacketCampaignPublished, PacketCampaignChanged,
    PacketDaysInvalid, GoodsUnknown, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        campaign = _draft(session, campaign_id, replaces)
        if campaign.warm_first < shop_day(db_now(session)):
            raise PacketDaysInvalid(param="warm_first")
        template_id = make_for_feature(
            session, **_template_of(campaign), accept_warnings=accept_warnings
        )
        now = func.clock_timestamp()
        _set(session, campaign_id, template_id=template_id, published_at=now)
        review(session, describe(campaign), replaces, accept_warnings=accept_warnings)
        _audit(session, "publish", campaign_id, {"template_id": str(template_id)})


def pause(campaign_id: int, paused: bool) -> None:
    """Let nobody open a packet for a while, or let it go on; what is opened grows on. Saying so
    again changes nothing.

    Raises PacketCampaignNotFound, PacketCampaignNotPublished, PacketCampaignOver.
    """
    with transaction() as session:
        campaign = _running(session, campaign_id)
        if campaign.paused != paused:
            _set(session, campaign_id, paused=paused)
            _audit(session, "pause" if paused else "resume", campaign_id, {"paused": paused})


def end(campaign_id: int, reason: str) -> None:
    """End a campaign now, for a reason that is public: nobody opens a packet any more, and no
    later check-in counts. Coupons keep the value that they have, and their days.

    Raises PacketCampaignNotFound, PacketCampaignNotPublished, PacketCampaignOver.
    """
    with transaction() as session:
        _running(session, campaign_id)
        _set(session, campaign_id, ended_at=func.clock_timestamp(), end_reason=reason)
        _audit(session, "end", campaign_id, {"end_reason": reason})


def _draft(session: Session, campaign_id: int, replaces: int) -> PacketCampaign:
    campaign = _locked(session, campaign_id)
    if campaign.published_at is not None:
        raise PacketCampaignPublished
    if campaign.revision != replaces:
        raise PacketCampaignChanged(param="replaces")
    return campaign


def _running(session: Session, campaign_id: int) -> PacketCampaign:
    campaign = _locked(session, campaign_id)
    if campaign.published_at is None:
        raise PacketCampaignNotPublished
    if state_of(campaign, db_now(session)) in (ENDED, OVER):
        raise PacketCampaignOver
    return campaign


def _locked(session: Session, campaign_id: int) -> PacketCampaign:
    found = session.scalar(
        select(PacketCampaign)
        .where(PacketCampaign.id == campaign_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise PacketCampaignNotFound
    return found


def _set(session: Session, campaign_id: int, **values: Any) -> None:
    session.execute(
        update(PacketCampaign)
        .where(PacketCampaign.id == campaign_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    after_commit(session, WARM_UPS.expire)


def _check(session: Session, terms: Terms) -> None:
    days = [terms[name] for name in ("warm_first", "warm_last", "sale_first", "sale_last")]
    if days != sorted(days) or days[1] == days[2]:
        raise PacketDaysInvalid(param="sale_first")
    wrong = next(_faults(terms, (days[1] - days[0]).days + 1), None)
    if wrong is not None:
        raise PacketValuesInvalid(wrong[1], param=wrong[0])
    scope_must_exist(session, terms["scope"])


def _faults(terms: Terms, days: int) -> Iterator[tuple[str, str]]:
    """Which field is wrong, and why, in Chinese."""
    values = terms["values_fen"]
    if any(low >= high for low, high in pairwise(values)):
        yield "values_fen", "面额须逐次递增"
    if len(values) - 1 > days:
        yield "values_fen", "签到次数超过预热天数，最高面额无法达到"
    if terms["packets"] is None and terms["budget_fen"] is None:
        yield "packets", "请设置红包数量或预算"
    if terms["budget_fen"] is not None and terms["budget_fen"] < values[-1]:
        yield "budget_fen", "预算不足一个最高面额的红包"


def _template_of(campaign: PacketCampaign) -> dict[str, Any]:
    """Claimed in the warm-up, used in the sale, one a shopper, worth the cap at most."""
    return {
        "name": campaign.name,
        "description": campaign.rules[:500],
        "amount_fen": campaign.cap_fen,
        "threshold_fen": campaign.threshold_fen,
        "scope": campaign.scope,
        "claim_from": day_start(campaign.warm_first),
        "claim_to": day_start(campaign.warm_last + _DAY),
        "valid_from": day_start(campaign.sale_first),
        "valid_to": day_start(campaign.sale_last + _DAY),
        "total_limit": campaign.most,
        "per_user_limit": 1,
    }


def _plain(terms: Terms) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, date | datetime) else value
        for name, value in terms.items()
    }


def _audit(session: Session, verb: str, campaign_id: int, after: Terms) -> None:
    record(
        session,
        action=f"packet_campaign.{verb}",
        target_type="packet_campaign",
        target_id=campaign_id,
        after=dict(after),
    )
