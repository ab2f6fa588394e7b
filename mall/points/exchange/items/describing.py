"""An item of the points mall as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign
from mall.compliance.running import CampaignSource, Running
from mall.points.exchange.items.queries import is_shown
from mall.points.exchange.models import ExchangeItem

KIND = "exchange_item"


def running(session: Session) -> Iterator[Running]:
    """Items that shoppers see."""
    for item in session.scalars(
        select(ExchangeItem).where(is_shown()).execution_options(populate_existing=True)
    ):
        yield describe(item), item.version


EXCHANGE_ITEMS = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(id AS text) AS ref, version FROM exchange_items
    WHERE enabled AND ended_at IS NULL AND coalesce(ends_at, 'infinity') > now()
    """,
)


def describe(item: ExchangeItem) -> Campaign:
    """The facts of an item. There are never more than its stock."""
    return Campaign(
        kind=KIND,
        ref=str(item.id),
        name=item.name,
        texts=(item.description, item.requires_text),
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        quantity=item.stock,
    )
