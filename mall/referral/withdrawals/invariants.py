"""What must always hold of withdrawals."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I18g",
        "a withdrawal's commission is held while it is open, gone once it was paid, else released",
        """
        SELECT w.number, w.status, w.amount_fen, h.status AS hold, h.amount_fen AS held_fen
        FROM withdrawals w LEFT JOIN commission_holds h ON h.number = w.number
        WHERE (w.created_at >= :since OR w.ended_at >= :since OR w.ended_at IS NULL)
          AND (h.status IS DISTINCT FROM CASE
                   WHEN w.status = 'paid' THEN 'settled'
                   WHEN w.status IN ('waiting', 'approved') THEN 'held' ELSE 'released' END
               OR h.amount_fen <> w.amount_fen OR h.user_id <> w.user_id)
        """,
    ),
    Invariant(
        "I18h",
        "a withdrawal's payout is of its amount less the fee, paid with it and void without it",
        """
        SELECT w.number, w.status, w.amount_fen, w.fee_fen, p.status AS payout, p.amount_fen AS fen
        FROM withdrawals w LEFT JOIN payouts p ON p.id = w.payout_id
        WHERE (w.created_at >= :since OR w.ended_at >= :since OR w.ended_at IS NULL)
          AND (w.payout_id IS NOT NULL OR w.status IN ('approved', 'paid', 'failed'))
          AND (p.id IS NULL OR p.kind <> 'commission' OR p.source <> w.number
               OR p.user_id <> w.user_id OR p.amount_fen <> w.amount_fen - w.fee_fen
               OR p.offset_fen <> 0
               OR CASE w.status WHEN 'paid' THEN p.status <> 'paid' OR p.back_fen <> 0
                  WHEN 'approved' THEN p.status NOT IN ('ready', 'asked')
                  ELSE p.status <> 'void' END)
        """,
    ),
    Invariant(
        "I18i",
        "what transfers and receipts paid a promoter is what the ledger settled, less the fees",
        """
        SELECT u.user_id, t.fen AS transferred_fen, h.fen AS by_hand_fen, e.fen AS settled_fen,
            w.fen AS fees_fen
        FROM (SELECT DISTINCT user_id FROM withdrawals WHERE ended_at >= :since) u
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(t.amount_fen), 0) AS fen
            FROM payout_transfers t JOIN payouts p ON p.id = t.payout_id
            WHERE t.user_id = u.user_id AND p.kind = 'commission' AND t.status = 'succeeded'
        ) t
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen - back_fen - offset_fen), 0) AS fen FROM payouts
            WHERE user_id = u.user_id AND kind = 'commission' AND way = 'hand'
        ) h
        CROSS JOIN LATERAL (
            SELECT coalesce(-sum(held_fen), 0) AS fen FROM commission_entries
            WHERE user_id = u.user_id AND kind = 'pay'
        ) e
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(fee_fen), 0) AS fen FROM withdrawals
            WHERE user_id = u.user_id AND status = 'paid'
        ) w
        WHERE t.fen + h.fen <> e.fen - w.fen
        """,
    ),
)
