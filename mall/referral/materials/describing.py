"""A material as the rules of compliance see it: promoters publish what it says."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign
from mall.compliance.running import CampaignSource, Running
from mall.referral.materials.models import PromoterMaterial

KIND = "promoter_material"


def describe(material_id: int, name: str, text: str) -> Campaign:
    """Its words; what pictures and videos show stays with people."""
    return Campaign(kind=KIND, ref=str(material_id), name=name, texts=(text,))


def _running(session: Session) -> Iterator[Running]:
    open_ones = select(PromoterMaterial).where(PromoterMaterial.enabled)
    for one in session.scalars(open_ones.execution_options(populate_existing=True)):
        yield describe(one.id, one.name, one.text), one.version


MATERIALS = CampaignSource(
    KIND,
    _running,
    "SELECT CAST(id AS text) AS ref, version FROM promoter_materials WHERE enabled",
)
