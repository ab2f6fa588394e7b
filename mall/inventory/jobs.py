"""Stock's work in the background."""

from __future__ import annotations

from sqlalchemy import text

from mall.inventory.closing import close_books
from mall.inventory.holds import GIVEN_AWAY
from mall.kernel import jobs
from mall.kernel.db import transaction

_NOTHING = "SELECT 0 AS sku_id, 0 AS units WHERE false"


@jobs.job("inventory.refresh_sold_counts", retry=jobs.SWEEP, cron="* * * * *")
def refresh_sold_counts() -> None:
    """Show on each product how many of it were bought: counted, never made up.

    The count lags by a minute or two (lists are cached beside), so that a sale neither
    queues on its product's row nor empties the cache.
    """
    given = " UNION ALL ".join(one.sql for one in GIVEN_AWAY.items().values()) or _NOTHING
    statement = f"""
        WITH given AS (SELECT sku_id, sum(units) AS units FROM ({given}) g GROUP BY sku_id),
        bought AS (
            SELECT k.spu_id, sum(greatest(s.sold - coalesce(g.units, 0), 0)) AS units
            FROM stocks s JOIN skus k ON k.id = s.sku_id LEFT JOIN given g ON g.sku_id = s.sku_id
            GROUP BY k.spu_id
        )
        UPDATE spus p SET sold_count = b.units FROM bought b
        WHERE p.id = b.spu_id AND p.sold_count <> b.units
    """  # noqa: S608 - statements of ours
    with transaction() as session:
        session.execute(text(statement))


@jobs.job("inventory.close_books", retry=jobs.SWEEP, cron="10 20 * * *")
def close_books_of_the_day() -> None:
    """At 4:10 shop time, before the checks over the whole history."""
    close_books()
