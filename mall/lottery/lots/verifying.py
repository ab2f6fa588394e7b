"""Drawing the lots of a campaign again, from what is published; what doesn't agree."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.lottery.lots.errors import LotCampaignNotFound
from mall.lottery.lots.models import LotCampaign, LotEntry, LotWin
from mall.lottery.lots.rules import Drawn, Lot, draw_lots, hash_of, public_terms
from mall.lottery.proofs.verifying import Fault
from mall.lottery.rules.outcomes import commitment_to
from mall.lottery.rules.table import digest


def drawn_ids() -> list[int]:
    """The campaigns whose lots were drawn."""
    drawn = select(LotCampaign.id).where(LotCampaign.drawn_at.is_not(None))
    with transaction() as session:
        return list(session.scalars(drawn.order_by(LotCampaign.id)))


def verify_campaign(campaign_id: int) -> Iterator[Fault]:
    """What of a drawn campaign doesn't agree with its secret, its terms and its entries. `number`
    of a fault is the place of the prize, 0 for terms and secret. Raises LotCampaignNotFound."""
    with transaction() as session:
        campaign = session.get(LotCampaign, campaign_id, populate_existing=True)
        if campaign is None or campaign.secret is None:
            raise LotCampaignNotFound
        lots, won = _lots(session, campaign), _won(session, campaign_id)
    secret, written = bytes.fromhex(str(campaign.secret)), str(campaign.canonical)
    if commitment_to(secret) != campaign.commitment:
        yield Fault(0, "the secret isn't the one of the commitment")
    if digest(written) != campaign.digest:
        yield Fault(0, "the terms don't have their hash")
    if hash_of(lots) != campaign.entries_digest:
        yield Fault(0, "the entries don't have their hash")
    counts = [one["count"] for one in public_terms(written)["prizes"]]
    drawn = {one.place: one for one in draw_lots(secret, campaign_id, lots, counts)}
    for place in sorted(drawn.keys() | won.keys()):
        if drawn.get(place) != won.get(place):
            yield Fault(place, f"{drawn.get(place)} was drawn, not {won.get(place)}")


def _lots(session: Session, campaign: LotCampaign) -> list[Lot]:
    took_part = set(campaign.eligible or ())
    rows = session.execute(
        select(LotEntry.number, LotEntry.alias, LotEntry.nonce)
        .where(LotEntry.campaign_id == campaign.id)
        .order_by(LotEntry.number)
    )
    return [Lot(*row) for row in rows if row.number in took_part]


def _won(session: Session, campaign_id: int) -> dict[int, Drawn]:
    rows = session.execute(
        select(LotWin.place, LotWin.number, LotWin.prize).where(LotWin.campaign_id == campaign_id)
    )
    return {row.place: Drawn(*row) for row in rows}
