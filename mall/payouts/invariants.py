"""What must always hold of payouts."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I18a",
        "what was paid was paid once: by one transfer of its amount, or by hand with a receipt",
        """
        SELECT p.payout_no, p.status, p.way, t.count, t.fen FROM payouts p
        CROSS JOIN LATERAL (
            SELECT count(*) AS count, coalesce(sum(amount_fen), 0) AS fen FROM payout_transfers
            WHERE payout_id = p.id AND status = 'succeeded'
        ) t
        WHERE p.created_at >= :since
          AND (t.count <> CASE WHEN p.way = 'transfer' THEN 1 ELSE 0 END
               OR (p.way = 'transfer' AND t.fen <> p.amount_fen - p.back_fen - p.offset_fen))
        """,
    ),
    Invariant(
        "I18b",
        "a payout is asked for exactly while one transfer of its amount is under way",
        """
        WITH live AS (
            SELECT payout_id, count(*) AS count, sum(amount_fen) AS fen FROM payout_transfers
            WHERE ended_at IS NULL GROUP BY payout_id
        )
        SELECT p.payout_no, p.status, t.count, t.fen
        FROM (SELECT id FROM payouts WHERE status = 'asked' UNION SELECT payout_id FROM live) one
        JOIN payouts p ON p.id = one.id
        LEFT JOIN live t ON t.payout_id = p.id
        WHERE (p.status <> 'asked' OR coalesce(t.count, 0) <> 1
               OR t.fen <> p.amount_fen - p.back_fen - p.offset_fen)
        """,
    ),
    Invariant(
        "I18c",
        "what a shopper owes is the sum of what came due and what was paid of it",
        """
        SELECT coalesce(a.user_id, d.user_id) AS user_id, a.debt_fen, d.fen FROM payout_accounts a
        FULL JOIN (
            SELECT user_id, sum(amount_fen) AS fen FROM payout_debts GROUP BY user_id
        ) d ON d.user_id = a.user_id
        WHERE coalesce(a.debt_fen, 0) <> coalesce(d.fen, 0)
        """,
    ),
    Invariant(
        "I18d",
        "what a payout paid of debts is what its entries say",
        """
        SELECT p.payout_no, p.offset_fen, d.fen FROM payouts p
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(amount_fen) FILTER (WHERE amount_fen < 0), 0) AS fen
            FROM payout_debts WHERE payout_id = p.id
        ) d
        WHERE p.created_at >= :since AND p.offset_fen <> d.fen
        """,
    ),
    Invariant(
        "I18f",
        "what counts against the merchant's limits is the sum of the transfers of a day and month",
        """
        SELECT period, s.amount_fen, t.fen FROM (
            SELECT * FROM payout_sums
            WHERE CAST(left(period, 7) || '-01' AS date)
                >= date_trunc('month', :since AT TIME ZONE 'Asia/Shanghai')
        ) s FULL JOIN (
            SELECT p.period, sum(amount_fen) AS fen FROM payout_transfers
            CROSS JOIN LATERAL unnest(
                ARRAY[to_char(day, 'YYYY-MM-DD'), to_char(day, 'YYYY-MM')]
            ) AS p (period)
            WHERE status NOT IN ('failed', 'canceled', 'refused')
              AND day >= date_trunc('month', :since AT TIME ZONE 'Asia/Shanghai')
            GROUP BY p.period
        ) t USING (period)
        WHERE coalesce(s.amount_fen, 0) <> coalesce(t.fen, 0)
        """,
    ),
    Invariant(
        "I18e",
        "no transfer waits longer than WeChat lets it: a day, and some hours for its end",
        """
        SELECT id AS transfer_id, out_bill_no, status, created_at FROM payout_transfers
        WHERE ended_at IS NULL AND status IN ('confirming', 'transferring', 'canceling')
          AND created_at < now() - interval '30 hours'
        """,
    ),
)
