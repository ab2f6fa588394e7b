"""A campaign of lots as the rules of compliance see it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance import campaigns
from mall.compliance.campaigns import REVIEWED, Campaign, Draw
from mall.compliance.running import CampaignSource, Running
from mall.lottery.lots.models import LotCampaign

KIND = "lots"
VERSION = 1
"""Terms don't change once they are published."""


def running(session: Session) -> Iterator[Running]:
    """Campaigns that are published and not over."""
    rows = session.execute(
        select(LotCampaign)
        .where(
            LotCampaign.published_at.is_not(None),
            LotCampaign.drawn_at.is_(None),
            LotCampaign.canceled_at.is_(None),
        )
        .order_by(LotCampaign.id)
    ).scalars()
    for row in rows:
        yield describe(row, json.loads(str(row.canonical)), row.costs_fen), VERSION


LOTS = CampaignSource(
    KIND,
    running,
    f"SELECT CAST(id AS text) AS ref, {VERSION} AS version FROM lot_campaigns"  # noqa: S608
    " WHERE published_at IS NOT NULL AND drawn_at IS NULL AND canceled_at IS NULL",
)


def describe(campaign: LotCampaign, terms: Mapping[str, Any], costs_fen: Sequence[int]) -> Campaign:
    """The facts of a campaign. A prize is worth its market price, or what it costs the shop when
    that is more."""
    prizes = tuple(
        campaigns.Prize(one["name"], max(one["worth_fen"], cost), quantity=one["count"])
        for one, cost in zip(terms["prizes"], costs_fen, strict=True)
    )
    return Campaign(
        kind=KIND,
        ref=str(campaign.id),
        name=campaign.name,
        texts=(terms["text"], *(one["name"] for one in terms["prizes"])),
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        quantity=sum(one["count"] for one in terms["prizes"]),
        mechanics=(Draw(prizes, (REVIEWED,)),),
    )
