"""I26: members of settled teams have their chance once, free orders are paid back whole once."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I26a",
        "each member of a settled team whose activity has a lottery stands for a chance there, a"
        " quarter of an hour later it is given or refused",
        """
        SELECT m.id AS member_id FROM groupbuy_teams t
        JOIN lottery_activities a ON a.activity_id = t.activity_id
        JOIN groupbuy_members m ON m.team_id = t.id
        WHERE t.status = 'settled' AND m.seat AND m.paid_at IS NOT NULL
          AND t.closed_at >= :since AND t.closed_at < now() - interval '15 minutes'
          AND NOT EXISTS (
            SELECT FROM lottery_members l WHERE l.member_id = m.id AND l.status <> 'due')
          AND EXISTS (SELECT FROM order_lines o
                      WHERE o.order_id = m.order_id AND o.refunded_quantity < o.quantity)
        """,
    ),
    Invariant(
        "I26b",
        "a member's chance is one entry of the ledger, taken back by one where the order came back",
        """
        SELECT l.member_id, l.status FROM lottery_members l
        LEFT JOIN lottery_chance_entries g
            ON g.kind = 'grant' AND g.source = 'team:' || l.member_id
        LEFT JOIN lottery_chance_entries b
            ON b.kind = 'take_back' AND b.source = 'team:' || l.member_id
        WHERE l.created_at >= :since AND (
            (l.status = 'given' AND b.id IS NOT NULL)
            OR (l.status IN ('due', 'refused') AND (g.id IS NOT NULL OR b.id IS NOT NULL))
            OR (l.status = 'given' AND (g.given, g.user_id, g.lottery_id)
                IS DISTINCT FROM (1, l.user_id, l.lottery_id))
            OR (l.status = 'taken_back' AND (b.given, b.user_id, b.lottery_id)
                IS DISTINCT FROM (-g.given, g.user_id, g.lottery_id)))
        """,
    ),
    Invariant(
        "I26c",
        "a free order is a prize that its member won, and its refund is of that order and amount",
        """
        SELECT f.member_id, f.amount_fen, r.amount_fen AS refunded_fen
        FROM lottery_free_orders f JOIN lottery_members l ON l.member_id = f.member_id
        LEFT JOIN refunds r ON r.refund_no = f.refund_no
        LEFT JOIN reward_grants g ON g.id = f.grant_id
        LEFT JOIN reward_parts p ON p.grant_id = f.grant_id AND p.kind = 'free_order'
        WHERE f.created_at >= :since AND (
            (f.refund_no IS NOT NULL AND (
                r.order_id IS DISTINCT FROM l.order_id
                OR r.cause IS DISTINCT FROM 'lottery:free:' || f.member_id
                OR r.amount_fen IS DISTINCT FROM f.amount_fen))
            OR g.user_id IS DISTINCT FROM l.user_id
            OR p.receipt IS DISTINCT FROM CAST(f.member_id AS text))
        """,
    ),
)
