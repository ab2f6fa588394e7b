"""Stock's work in the background."""

from __future__ import annotations

from sqlalchemy import func, select, update

from mall.catalog.models import Sku, Spu
from mall.inventory.models import Stock
from mall.kernel import jobs
from mall.kernel.db import transaction


@jobs.job("inventory.refresh_sold_counts", retry=jobs.SWEEP, cron="* * * * *")
def refresh_sold_counts() -> None:
    """Show on each product how many of it were sold: counted, never made up.

    The count lags by a minute or two (lists are cached beside), so that a sale neither
    queues on its product's row nor empties the cache.
    """
    sold = (
        select(Sku.spu_id, func.sum(Stock.sold).label("units"))
        .join_from(Stock, Sku, Sku.id == Stock.sku_id)
        .group_by(Sku.spu_id)
        .subquery()
    )
    with transaction() as session:
        session.execute(
            update(Spu)
            .where(Spu.id == sold.c.spu_id, Spu.sold_count != sold.c.units)
            .values(sold_count=sold.c.units)
        )
