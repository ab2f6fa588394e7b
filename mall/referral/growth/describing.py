"""A growth rule as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign, PromoterEntry
from mall.compliance.running import CampaignSource, Running
from mall.referral.growth.conditions import takes_purchase
from mall.referral.growth.models import PromoterGrowthRule
from mall.referral.promoters.settings import CLOSED, JOINING

KIND = "promoter_growth"


def describe(rule: PromoterGrowthRule) -> Campaign:
    """What it opens, whether buying is needed, whether the free application is open now."""
    entry = PromoterEntry(
        rule.opens, takes_purchase=takes_purchase(rule), free_way=JOINING.get() != CLOSED
    )
    texts = tuple(one["label"] for one in rule.figures)
    return Campaign(kind=KIND, ref=str(rule.id), name=rule.name, texts=texts, mechanics=(entry,))


def _running(session: Session) -> Iterator[Running]:
    rules = session.scalars(select(PromoterGrowthRule).where(PromoterGrowthRule.enabled))
    for rule in rules:
        yield describe(rule), rule.version


GROWTH = CampaignSource(
    KIND,
    _running,
    "SELECT CAST(id AS text) AS ref, version FROM promoter_growth_rules WHERE enabled",
)
