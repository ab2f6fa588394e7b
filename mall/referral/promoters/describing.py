"""The agreement as the rules of compliance see it: shoppers read it before they apply."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import STANDING, Campaign, PromoterEntry
from mall.compliance.running import CampaignSource, Running
from mall.referral.promoters.models import PromoterAgreement

KIND = "promoter_agreement"
REF = "newest"


def describe_agreement(title: str, text: str) -> Campaign:
    """The way that is open to everybody: an application that costs nothing."""
    entry = PromoterEntry(STANDING, takes_purchase=False, free_way=True)
    return Campaign(kind=KIND, ref=REF, name=title, texts=(text,), mechanics=(entry,))


def _running(session: Session) -> Iterator[Running]:
    newest = session.scalars(
        select(PromoterAgreement).order_by(PromoterAgreement.version.desc()).limit(1)
    ).one_or_none()
    if newest is not None:
        yield describe_agreement(newest.title, newest.text), newest.version


AGREEMENT = CampaignSource(
    KIND,
    _running,
    f"SELECT '{REF}' AS ref, max(version) AS version FROM promoter_agreements"  # noqa: S608
    " HAVING max(version) IS NOT NULL",
)
