"""What of the ledger's lots, accounts and grants is summed, as SQL."""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE

LOTS = f"""
    SELECT id AS lot_id,
           to_char(timezone('{SHOP_ZONE.key}', created_at), 'YYYY-MM') AS granted_month,
           coalesce(to_char(
               timezone('{SHOP_ZONE.key}', expires_at - interval '1 microsecond'), 'YYYY-MM'
           ), '') AS expires_month,
           granted, CASE WHEN frozen THEN 0 ELSE remaining END AS available,
           CASE WHEN frozen THEN remaining ELSE 0 END AS frozen, expired, reversed
    FROM points_lots
"""  # noqa: S608
"""A row a lot, all of them: see `PointsCountedLot`."""

LOTS_SINCE = f"{LOTS} WHERE changed_at >= :since"
"""The same of the lots that changed since then."""

BALANCE = """
    SELECT count(*) AS accounts, coalesce(sum(available), 0) AS available,
           coalesce(sum(frozen), 0) AS frozen, coalesce(sum(held), 0) AS held,
           coalesce(sum(debt), 0) AS debt
    FROM points_accounts a WHERE EXISTS (SELECT FROM points_entries e WHERE e.user_id = a.user_id)
"""
"""One row, of all accounts: see `PointsBalanceDay`."""

# Looked up one by one, here and below: a plain join may read the whole table.
ACCOUNTS_SINCE = """
    SELECT a.user_id, a.available, a.frozen, a.held, a.debt
    FROM (SELECT DISTINCT user_id FROM points_entries WHERE created_at >= :since) e
    CROSS JOIN LATERAL (SELECT * FROM points_accounts WHERE user_id = e.user_id LIMIT 1) a
"""
"""A row an account that has entries since then: no other changed. See `PointsCountedAccount`."""

GRANTS_SINCE = """
    SELECT g.id AS grant_id, g.rule_id, to_char(g.day, 'YYYY-MM') AS month,
           p.points, p.taken_back, p.owed
    FROM (
        SELECT id FROM reward_grants WHERE created_at >= :since
        UNION SELECT grant_id FROM reward_steps WHERE created_at >= :since
    ) t
    CROSS JOIN LATERAL (SELECT * FROM reward_grants WHERE id = t.id LIMIT 1) g
    CROSS JOIN LATERAL (
        SELECT sum(count) AS points, sum(taken_back) AS taken_back, sum(debt) AS owed
        FROM reward_parts WHERE grant_id = t.id AND kind = 'points' AND receipt IS NOT NULL
    ) p
    WHERE p.points IS NOT NULL
"""
"""A row a grant of points that was made or went on since then: see `PointsCountedGrant`."""
