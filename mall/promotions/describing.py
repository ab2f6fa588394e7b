"""A promotion as the rules of compliance see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.compliance.campaigns import NEW_CUSTOMERS, Campaign, Gift, Mechanic, PersonalPrice
from mall.compliance.prices import reduced_prices
from mall.compliance.running import CampaignSource, Running
from mall.promotions.models import Promotion

KIND = "promotion"


def running(session: Session) -> Iterator[Running]:
    """Promotions that aren't over, paused ones too."""
    for row in session.execute(
        select(*Promotion.__table__.c).where(Promotion.ends_at > func.now())
    ).all():
        yield describe(session, row.id, row._asdict()), row.version


PROMOTIONS = CampaignSource(
    KIND,
    running,
    """
    SELECT CAST(id AS text) AS ref, version FROM promotions
    WHERE version > 1 AND ends_at > now()
    """,
)


def describe(session: Session, promotion_id: int, values: Mapping[str, Any]) -> Campaign:
    """The facts of a promotion with these columns."""
    return Campaign(
        kind=KIND,
        ref=str(promotion_id),
        name=values["name"],
        starts_at=values["starts_at"],
        ends_at=values["ends_at"],
        quantity=_quantity(values),
        mechanics=tuple(_mechanics(session, values)),
    )


def _quantity(values: Mapping[str, Any]) -> int | None:
    quantity: int | None = values["gift_stock"] or values["max_orders"] or values["budget_fen"]
    return quantity


def _mechanics(session: Session, values: Mapping[str, Any]) -> list[Mechanic]:
    kind, rule = values["kind"], values["rule"]
    found: list[Mechanic] = []
    if kind == "fixed_prices":
        prices = {price["sku_id"]: price["price_fen"] for price in rule["prices"]}
        found += reduced_prices(session, prices, values["starts_at"])
    if kind == "gift":
        name = session.scalars(
            select(Spu.name).join(Sku, Sku.spu_id == Spu.id).where(Sku.id == rule["sku_id"])
        ).one()
        found.append(Gift(name, values["gift_stock"]))
    if values["new_customers_only"]:
        found.append(PersonalPrice(NEW_CUSTOMERS))
    return found
