"""Items whose time is over give their units back."""

from __future__ import annotations

from mall.kernel.db import db, db_now, transaction
from mall.kernel.jobs import SWEEP, job
from mall.points.exchange.items.stock import due_to_end, end, lock_item


@job("exchange.end_items", retry=SWEEP, cron="*/10 * * * *")
def end_due_items() -> None:
    """End each item whose time is over, a transaction each."""
    for item_id in due_to_end(db.session()):
        with transaction() as session:
            item = lock_item(session, item_id)
            # Staff may have put the end off meanwhile.
            if item.ends_at is not None and item.ends_at <= db_now(session):
                end(session, item)
