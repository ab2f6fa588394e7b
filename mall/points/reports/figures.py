"""What the accounts and lots of the ledger add up to, as SQL. It reads all of them."""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE

BALANCE = """
    SELECT count(*) AS accounts, coalesce(sum(available), 0) AS available,
           coalesce(sum(frozen), 0) AS frozen, coalesce(sum(held), 0) AS held,
           coalesce(sum(debt), 0) AS debt
    FROM points_accounts
"""
"""One row: see `PointsBalanceDay`."""

LOT_MONTHS = f"""
    SELECT to_char(timezone('{SHOP_ZONE.key}', created_at), 'YYYY-MM') AS granted_month,
           coalesce(to_char(
               timezone('{SHOP_ZONE.key}', expires_at - interval '1 microsecond'), 'YYYY-MM'
           ), '') AS expires_month,
           count(*) AS lots, sum(granted) AS granted,
           coalesce(sum(remaining) FILTER (WHERE NOT frozen), 0) AS available,
           coalesce(sum(remaining) FILTER (WHERE frozen), 0) AS frozen,
           sum(expired) AS expired, sum(reversed) AS reversed
    FROM points_lots GROUP BY 1, 2
"""  # noqa: S608
"""A row a month of grant and of expiry: see `PointsLotMonth`."""
