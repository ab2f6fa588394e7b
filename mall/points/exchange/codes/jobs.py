"""Codes that expire leave the stock."""

from __future__ import annotations

from mall.kernel.db import db, transaction
from mall.kernel.jobs import SWEEP, job
from mall.points.exchange.codes.matching import items_with_expiring_codes, match_stock
from mall.points.exchange.items.stock import lock_item


@job("exchange.expire_codes", retry=SWEEP, cron="20 * * * *")
def expire_codes() -> None:
    """Take codes that expire too soon out of the stock, a transaction an item."""
    for item_id in items_with_expiring_codes(db.session()):
        with transaction() as session:
            lock_item(session, item_id)
            match_stock(session, item_id)
