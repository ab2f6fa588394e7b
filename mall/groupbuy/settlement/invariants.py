"""I7: who paid for a team gets exactly what it owes them: nothing, the difference, or all."""

from __future__ import annotations

from mall.groupbuy.settlement.undecided import undecided
from mall.groupbuy.teams.invariants import RECENT_TEAM
from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I7l",
        "a team that failed gives each of its payers all back, once; no other team does",
        f"""
        SELECT t.id AS team_id, t.status, o.order_no, m.due, o.paid_fen,
               o.refunding_fen + o.refunded_fen AS back_fen, r.refunds, s.sent
        FROM groupbuy_teams t
        JOIN groupbuy_members m ON m.team_id = t.id
        JOIN orders o ON o.id = m.order_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS refunds FROM refunds
            WHERE order_id = o.id AND kind = 'order' AND cause = 'groupbuy:team:' || t.id
        ) r
        CROSS JOIN LATERAL (
            SELECT sum(shipped_quantity) AS sent FROM order_lines WHERE order_id = o.id
        ) s
        WHERE {RECENT_TEAM} AND CASE
            WHEN t.status <> 'failed' OR NOT m.seat OR m.paid_at IS NULL OR m.due IS NOT NULL
                THEN r.refunds > 0
            ELSE r.refunds <> 1 OR s.sent > 0
                OR o.refunding_fen + o.refunded_fen <> o.paid_fen END
        """,  # noqa: S608
    ),
    Invariant(
        "I7m",
        "a settled team gives each member the difference of the units kept then, once",
        f"""
        SELECT t.id AS team_id, t.status, t.tier_size, m.order_id, m.due, m.difference_fen,
               r.amount_fen AS given_fen, owed.fen AS owed_fen
        FROM groupbuy_teams t
        JOIN groupbuy_members m ON m.team_id = t.id
        JOIN groupbuy_activities a ON a.id = t.activity_id
        JOIN groupbuy_tier_sets s ON s.id = t.tier_set_id
        JOIN order_lines l ON l.order_id = m.order_id AND l.position = 1
        LEFT JOIN refunds r ON r.order_id = m.order_id AND r.kind = 'order'
            AND r.cause = 'groupbuy:tier:' || t.id
        CROSS JOIN LATERAL (
            SELECT l.quantity - coalesce(sum(b.quantity), 0) AS kept,
                   l.payable_fen - coalesce(sum(b.amount_fen), 0) AS left_fen
            FROM refunds f JOIN refund_lines b ON b.refund_id = f.id
            WHERE f.order_id = m.order_id AND f.status <> 'canceled'
              AND b.order_line_id = l.id AND (r.id IS NULL OR f.id < r.id)
        ) then_had
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(-j.shares[1]), 0) AS fen FROM order_adjustments j
            WHERE j.order_id = m.order_id AND j.source LIKE 'staff:%'
        ) by_staff
        CROSS JOIN LATERAL (
            SELECT m.unit_price_fen - CAST(s.prices -> CAST(m.sku_id AS text)
                ->> (array_position(s.sizes, CAST(t.tier_size AS smallint)) - 1) AS bigint) AS fen
        ) per_unit
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN t.status <> 'settled' OR a.mode <> 'difference' OR NOT m.seat THEN 0
                ELSE greatest(0, least(then_had.left_fen - 1, per_unit.fen * then_had.kept
                    - div(greatest(0, by_staff.fen) * then_had.kept, l.quantity))) END AS fen
        ) owed
        WHERE {RECENT_TEAM}
          AND (m.difference_fen <> coalesce(r.amount_fen, 0)
               OR CASE WHEN m.due = 'settle' THEN r.id IS NOT NULL
                       ELSE coalesce(r.amount_fen, 0) <> owed.fen END)
        """,  # noqa: S608
    ),
    Invariant(
        "I7n",
        "what is due with a member's order is done within half an hour",
        f"""
        SELECT m.id AS member_id, m.team_id, m.due, m.due_since, m.due_tries, m.due_error
        FROM groupbuy_members m
        WHERE m.due IS NOT NULL AND m.due_since < now() - interval '30 minutes'
          AND NOT (m.due = 'settle' AND {undecided("m.order_id")})
        """,  # noqa: S608
    ),
)
