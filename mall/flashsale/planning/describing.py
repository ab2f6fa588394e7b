"""A session with its items as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.compliance import campaigns
from mall.compliance.campaigns import BlindBox, Campaign, Mechanic, PersonalPrice
from mall.compliance.prices import reduced_prices
from mall.compliance.running import CampaignSource, Running
from mall.flashsale.models import (
    ABORTED,
    ENDED,
    LUCKY_BAG,
    NEW_CUSTOMERS,
    FlashItem,
    FlashSession,
)

KIND = "flash_session"


def running(session: Session) -> Iterator[Running]:
    """Sessions that aren't over, drafts too."""
    for row in session.execute(
        select(FlashSession.id, FlashSession.version).where(
            FlashSession.state.not_in((ENDED, ABORTED)), FlashSession.ends_at > func.now()
        )
    ).all():
        yield describe(session, row.id), row.version


FLASH_SESSIONS = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(id AS text) AS ref, version FROM flash_sessions
    WHERE version > 0 AND state NOT IN ('ended', 'aborted') AND ends_at > now()
    """,
)


def describe(session: Session, session_id: int) -> Campaign:
    """The facts of a session. A lucky bag may cost what it usually does."""
    sale = session.execute(
        select(*FlashSession.__table__.c).where(FlashSession.id == session_id)
    ).one()
    items = session.execute(
        select(*FlashItem.__table__.c, Spu.name)
        .join(Sku, Sku.id == FlashItem.sku_id)
        .join(Spu, Spu.id == Sku.spu_id)
        .where(FlashItem.session_id == session_id)
        .order_by(FlashItem.id)
    ).all()
    mechanics: list[Mechanic] = []
    if sale.kind == LUCKY_BAG:
        mechanics += [BlindBox(item.name, item.contents) for item in items]
    else:
        prices = {item.sku_id: item.price_fen for item in items}
        mechanics += reduced_prices(session, prices, sale.starts_at)
    if any(item.audience == NEW_CUSTOMERS for item in items):
        mechanics.append(PersonalPrice(campaigns.NEW_CUSTOMERS))
    return Campaign(
        kind=KIND,
        ref=str(session_id),
        name=sale.name,
        texts=tuple(item.contents for item in items),
        starts_at=sale.starts_at,
        ends_at=sale.ends_at,
        quantity=sum(item.stock for item in items),
        mechanics=tuple(mechanics),
    )
