"""What must always hold of commission."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

_TOUCHED = "SELECT user_id FROM commission_entries WHERE created_at >= :since"
INVARIANTS = (
    Invariant(
        "I1f",
        "what a commission account has is the sum of its entries",
        f"""
        SELECT a.user_id, a.pending_fen, a.available_fen, a.held_fen, a.debt_fen, e.*
        FROM commission_accounts a
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(pending_fen), 0) AS pending_sum,
                   coalesce(sum(available_fen), 0) AS available_sum,
                   coalesce(sum(held_fen), 0) AS held_sum, coalesce(sum(debt_fen), 0) AS debt_sum
            FROM commission_entries WHERE user_id = a.user_id
        ) e
        WHERE a.user_id IN ({_TOUCHED})
          AND (a.pending_fen, a.available_fen, a.held_fen, a.debt_fen)
              <> (e.pending_sum, e.available_sum, e.held_sum, e.debt_sum)
        """,  # noqa: S608
    ),
    Invariant(
        "I1g",
        "a commission account holds what its holds hold",
        f"""
        SELECT a.user_id, a.held_fen, h.fen FROM commission_accounts a
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen), 0) AS fen FROM commission_holds
            WHERE user_id = a.user_id AND status = 'held'
        ) h
        WHERE a.user_id IN ({_TOUCHED}) AND a.held_fen <> h.fen
        """,  # noqa: S608
    ),
    Invariant(
        "I2b",
        "nobody owes commission and has some to withdraw, and no figure is negative",
        """
        SELECT user_id, pending_fen, available_fen, held_fen, debt_fen FROM commission_accounts
        WHERE (available_fen > 0 AND debt_fen > 0)
           OR least(pending_fen, available_fen, held_fen, debt_fen) < 0
        """,
    ),
)
