"""I7: each order of group-buy is one seat, waits as long as its team, and counts its units."""

from __future__ import annotations

from mall.groupbuy.orders.kinds import NAMES, WAITS
from mall.groupbuy.teams.invariants import RECENT_TEAM
from mall.groupbuy.teams.states import OPEN_SQL
from mall.kernel.invariants import Invariant

# The names are our own constants, never input.
_KINDS = ", ".join(repr(name) for name in sorted(NAMES))
_RECENT_ACTIVITY = "(a.ended_at IS NULL OR a.ended_at >= :since)"
INVARIANTS = (
    Invariant(
        "I7e",
        "each order of group-buy is one member's: of the same shopper, units and payment",
        f"""
        SELECT o.order_no, o.kind, o.status, o.paid_at, m.id AS member_id, m.units, m.released
        FROM orders o
        LEFT JOIN LATERAL (
            SELECT m.*, t.activity_id AS of_team
            FROM groupbuy_members m JOIN groupbuy_teams t ON t.id = m.team_id
            WHERE m.order_id = o.id LIMIT 1
        ) m ON true
        LEFT JOIN LATERAL (
            SELECT l.sku_id, l.quantity FROM order_lines l
            WHERE l.order_id = o.id AND l.position = 1 LIMIT 1
        ) l ON true
        WHERE o.created_at >= :since AND o.kind IN ({_KINDS})
          AND (m.id IS NULL OR m.user_id <> o.user_id OR m.activity_id <> m.of_team
               OR (m.paid_at IS NULL) <> (o.paid_at IS NULL)
               OR (m.released AND o.status <> 'closed')
               OR (NOT m.released AND o.status = 'closed' AND o.paid_at IS NULL)
               OR (l.sku_id, l.quantity) IS DISTINCT FROM (m.sku_id, m.units))
        UNION ALL
        SELECT o.order_no, o.kind, o.status, o.paid_at, m.id, m.units, m.released
        FROM groupbuy_members m CROSS JOIN LATERAL (
            SELECT * FROM orders WHERE id = m.order_id LIMIT 1
        ) o
        WHERE m.created_at >= :since AND o.kind NOT IN ({_KINDS})
        """,  # noqa: S608
    ),
    Invariant(
        "I7f",
        "in an open team an order that stands has a seat; who paid and has none gets all back",
        f"""
        SELECT t.id AS team_id, t.status, m.id AS member_id, m.seat, o.order_no,
               o.status AS order_status
        FROM groupbuy_teams t
        JOIN groupbuy_members m ON m.team_id = t.id
        JOIN orders o ON o.id = m.order_id
        JOIN order_lines l ON l.order_id = o.id AND l.position = 1
        WHERE {RECENT_TEAM}
          AND ((m.seat AND o.status = 'closed' AND t.status IN {OPEN_SQL})
               OR (NOT m.seat AND o.status = 'unpaid')
               OR m.seat = (m.left_at IS NOT NULL)
               OR (NOT m.seat AND m.paid_at IS NOT NULL AND l.refunded_quantity < l.quantity))
        """,  # noqa: S608
    ),
    Invariant(
        "I7g",
        "an order waits while its team isn't formed, and for ever in a team that failed",
        f"""
        SELECT t.id AS team_id, t.status, o.order_no, o.status AS order_status, o.hold_reason,
               m.due
        FROM groupbuy_teams t
        JOIN groupbuy_members m ON m.team_id = t.id
        JOIN orders o ON o.id = m.order_id
        WHERE {RECENT_TEAM} AND o.status IN ('unpaid', 'paid')
          AND CASE WHEN t.status IN ('opening', 'forming', 'failed')
                   THEN o.hold_reason IS DISTINCT FROM '{WAITS.code}'
                   ELSE o.hold_reason = '{WAITS.code}' AND m.seat AND m.due IS NULL END
        """,  # noqa: S608
    ),
    Invariant(
        "I7h",
        "an activity sold the units that its orders hold or bought, within what was set aside",
        f"""
        SELECT a.id AS activity_id, a.status, k.sku_id, k.stock, k.sold, m.units
        FROM groupbuy_activities a
        JOIN groupbuy_skus k ON k.activity_id = a.id
        CROSS JOIN LATERAL (
            SELECT count(*) AS members,
                   coalesce(sum(units) FILTER (WHERE sku_id = k.sku_id AND NOT released), 0)
                       AS units
            FROM (
                SELECT m.* FROM groupbuy_teams t CROSS JOIN LATERAL (
                    SELECT sku_id, units, released FROM groupbuy_members
                    WHERE team_id = t.id OFFSET 0
                ) m
                WHERE t.activity_id = a.id LIMIT :most
            ) found
        ) m
        WHERE {_RECENT_ACTIVITY} AND m.members < :most
          AND (k.sold <> m.units OR k.sold > k.stock OR k.sold < 0
               OR (a.stock_returned_at IS NOT NULL AND k.stock > k.sold)
               OR (a.status = 'draft' AND k.stock > 0))
        """,  # noqa: S608
    ),
    Invariant(
        "I7i",
        "an activity ends in time, and what it didn't sell is on sale soon after its last team",
        f"""
        SELECT a.id AS activity_id, a.status, a.ends_at, a.ended_at FROM groupbuy_activities a
        WHERE (a.status = 'started' AND a.ends_at < now() - interval '15 minutes')
           OR (a.status = 'ended' AND a.stock_returned_at IS NULL
               AND a.ended_at < now() - interval '15 minutes' AND NOT EXISTS (
                   SELECT FROM groupbuy_teams t WHERE t.activity_id = a.id
                     AND (t.status IN {OPEN_SQL}
                          OR t.closed_at >= now() - interval '15 minutes')))
        """,  # noqa: S608
    ),
    Invariant(
        "I7j",
        "units of an activity that a shopper holds or bought = their orders' ≤ their limit",
        """
        SELECT u.activity_id, u.user_id, u.held, u.of_orders, a.shopper_units
        FROM (
            SELECT p.activity_id, p.user_id, (
                SELECT coalesce(sum(s.units), 0) FROM groupbuy_shoppers s
                WHERE s.activity_id = p.activity_id AND s.user_id = p.user_id
            ) AS held, (
                SELECT coalesce(sum(m.units), 0) FROM groupbuy_members m
                WHERE m.user_id = p.user_id AND m.activity_id = p.activity_id AND NOT m.released
            ) AS of_orders
            FROM (
                SELECT activity_id, user_id FROM groupbuy_members WHERE created_at >= :since
                UNION
                SELECT activity_id, user_id FROM groupbuy_shoppers WHERE :since = '-infinity'
            ) p
        ) u
        JOIN groupbuy_activities a ON a.id = u.activity_id
        WHERE u.held <> u.of_orders OR u.of_orders > a.shopper_units
        """,
    ),
    Invariant(
        "I7k",
        "only an unpaid order keeps a new customer from another team for new customers",
        """
        SELECT n.user_id, o.order_no, o.status
        FROM groupbuy_newcomers n JOIN orders o ON o.id = n.order_id
        WHERE o.status <> 'unpaid' OR o.user_id <> n.user_id
        """,
    ),
)
