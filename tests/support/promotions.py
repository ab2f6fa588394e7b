"""Promotions for tests, made as staff would make them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from mall.kernel.db import db_now, transaction
from mall.promotions.commands import create_promotion
from mall.promotions.models import Promotion
from mall.promotions.schemas import PromotionInput

FULL_CUT = {
    "amount_off": {
        "steps": [
            {"from_fen": 19_900, "off_fen": 2_000},
            {"from_fen": 39_900, "off_fen": 5_000},
        ]
    }
}
"""满199减20, 满399减50."""


def terms(rule: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The JSON of a promotion that runs from a year ago to a year ahead, unless `more` says."""
    with transaction() as session:
        now = db_now(session)
    return {
        "name": "满减",
        "rule": rule or FULL_CUT,
        "starts_at": (now - timedelta(days=365)).isoformat(),
        "ends_at": (now + timedelta(days=365)).isoformat(),
        **more,
    }


def make_promotion(rule: dict[str, Any] | None = None, **more: Any) -> int:
    """A promotion: its id."""
    return create_promotion(PromotionInput().load(terms(rule, **more)))


def make_gift(given: int, bought: int, *, gift_stock: int = 100, **more: Any) -> int:
    """买一赠一: for each unit of the SKU `bought` one of `given`. The promotion's id."""
    more = {"rule": {"gift": {"sku_id": str(given), "repeat": True}}, **more}
    scope = {"only": {"sku_ids": [str(bought)]}}
    return make_promotion(name="买一赠一", scope=scope, gift_stock=gift_stock, **more)


def let_it_start(promotion_id: int) -> None:
    """As if it had begun a minute ago."""
    with transaction() as session:
        session.execute(
            update(Promotion)
            .where(Promotion.id == promotion_id)
            .values(starts_at=db_now(session) - timedelta(minutes=1))
        )


def promotion_of(promotion_id: int) -> Promotion:
    """Its row, read afresh."""
    with transaction() as session:
        return session.scalars(
            select(Promotion)
            .where(Promotion.id == promotion_id)
            .execution_options(populate_existing=True)
        ).one()
