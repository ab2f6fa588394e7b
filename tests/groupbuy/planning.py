"""Activities as tests plan them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mall.groupbuy.activities import queries
from mall.groupbuy.activities.saving import (
    create_activity,
)
from mall.kernel.db import db_now, transaction
from tests.support.catalog import make_sku
from tests.support.groupbuy import (
    activity_terms,
)
from tests.support.inventory import stock


def goods(price_fen: int = 10_000, quantity: int = 100) -> int:
    return stock(make_sku(price_fen), quantity)


def draft(sku_id: int, **more: Any) -> int:
    return create_activity(activity_terms(sku_id=sku_id, **more))


def of(activity_id: int) -> queries.ActivityView:
    with transaction() as session:
        return queries.activity(session, activity_id)


def soon(**later: int) -> Any:
    with transaction() as session:
        return db_now(session) + timedelta(**later)
