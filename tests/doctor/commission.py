"""Ways to break what must hold of commission and of its withdrawals."""

from __future__ import annotations

# One promoter's commission is settled, the one above them still waits for theirs.
EARNED = (
    "INSERT INTO commission_orders (order_id, version) VALUES (:paid, 1);"
    "INSERT INTO commission_lines (order_id, position, level, promoter_id, rate_bp, base_fen,"
    " amount_fen, status) SELECT l.order_id, l.position, n, 800 + n, 1, 9900, 500 - n + 1,"
    " CASE n WHEN 1 THEN 'settled' ELSE 'pending' END"
    " FROM refund_lines r JOIN order_lines l ON l.id = r.order_line_id, generate_series(1, 2) n;"
    "INSERT INTO commission_entries (user_id, kind, source, pending_fen, available_fen)"
    " VALUES (801, 'earn', '1', 500, 0), (801, 'settle', '1', -500, 500),"
    " (802, 'earn', '2', 499, 0);"
    "INSERT INTO commission_accounts (user_id, pending_fen, available_fen)"
    " VALUES (801, 0, 500), (802, 499, 0)"
)
WITHDRAWN = (
    f"{EARNED}; INSERT INTO commission_entries (user_id, kind, source, available_fen, held_fen)"
    " VALUES (801, 'hold', 'W1', -500, 500), (801, 'pay', 'W1', 0, -500);"
    "UPDATE commission_accounts SET available_fen = 0 WHERE user_id = 801;"
    "INSERT INTO commission_holds (user_id, number, amount_fen, status)"
    " VALUES (801, 'W1', 500, 'settled');"
    "INSERT INTO payouts (payout_no, user_id, kind, source, title, amount_fen, status, way,"
    " paid_at) VALUES ('M1', 801, 'commission', 'W1', 'z', 498, 'paid', 'transfer', now());"
    "INSERT INTO payout_transfers (payout_id, user_id, out_bill_no, amount_fen, scene_id, report,"
    " perception, day, status, ended_at) SELECT id, user_id, 'T1', amount_fen, '1005', '[]', 'x',"
    " current_date, 'succeeded', now() FROM payouts;"
    "INSERT INTO payout_sums SELECT to_char(current_date, p), 498"
    " FROM unnest(ARRAY['YYYY-MM-DD', 'YYYY-MM']) p;"
    "INSERT INTO withdrawals (number, user_id, amount_fen, fee_fen, day, status, payout_id,"
    " ended_at) SELECT source, user_id, 500, 2, current_date, 'paid', id, now() FROM payouts"
)
AGED = "UPDATE commission_lines SET created_at = now() - interval '2 hours'"
SOUND = (EARNED, WITHDRAWN)
BREAKS: dict[str, list[str]] = {
    "I1f": [
        *(
            f"{EARNED}; UPDATE commission_accounts SET {what}_fen = {what}_fen + 1"
            for what in ("pending", "available", "held", "debt")
        ),
        f"{EARNED}; DELETE FROM commission_entries WHERE kind = 'settle'",
    ],
    "I1g": [
        f"{EARNED}; UPDATE commission_accounts SET held_fen = 1",
        f"{WITHDRAWN}; UPDATE commission_holds SET status = 'held'",
    ],
    "I1h": [
        f"{EARNED}; UPDATE commission_accounts SET pending_fen = 1 WHERE user_id = 801",
        f"{EARNED}; UPDATE commission_lines SET status = 'settled'",
        f"{EARNED}; UPDATE commission_lines SET reversed_fen = 1 WHERE status = 'settled'",
        f"{EARNED}; UPDATE commission_entries SET available_fen = 499 WHERE kind = 'settle'",
    ],
    "I1i": [
        "INSERT INTO order_attributions (order_id, user_id, rule, first_order, day, created_at)"
        " VALUES (:paid, 1, 'binding', true, current_date, now() - interval '2 hours')",
        f"{EARNED}; {AGED}; UPDATE orders SET settled_at = now() - interval '2 hours'"
        " WHERE id = :paid",
        f"{EARNED}; UPDATE commission_lines SET look_at = now() - interval '2 hours'",
        f"{EARNED}; {AGED}; UPDATE refunds SET status = 'succeeded',"
        " succeeded_at = now() - interval '2 hours'",
    ],
    "I1j": [
        f"{EARNED}; UPDATE commission_lines SET amount_fen = 9500 WHERE level = 2",
        f"{EARNED}; UPDATE commission_lines SET promoter_id = 801",
    ],
    "I2b": [
        f"{EARNED}; UPDATE commission_accounts SET debt_fen = 1 WHERE user_id = 801",
        *(
            f"{EARNED}; UPDATE commission_accounts SET {what}_fen = -1"
            for what in ("pending", "available", "held", "debt")
        ),
    ],
    "I18g": [
        *(
            f"{WITHDRAWN}; UPDATE commission_holds SET {what}"
            for what in ("status = 'held'", "amount_fen = 501", "user_id = 802")
        ),
        *(
            f"{WITHDRAWN}; UPDATE withdrawals SET status = '{status}'"
            for status in ("waiting", "approved", "failed")
        ),
        f"{WITHDRAWN}; DELETE FROM commission_holds",
    ],
    "I18h": [
        *(
            f"{WITHDRAWN}; UPDATE payouts SET {what}"
            for what in (
                *("kind = 'x'", "source = 'W2'", "user_id = 802", "amount_fen = 500"),
                *("offset_fen = 1", "back_fen = 1", "status = 'asked'"),
            )
        ),
        *(
            f"{WITHDRAWN}; UPDATE withdrawals SET status = '{status}'"
            for status in ("waiting", "approved", "failed")
        ),
        f"{WITHDRAWN}; DELETE FROM payouts",
        f"{WITHDRAWN}; UPDATE withdrawals SET payout_id = NULL",
    ],
    "I18i": [
        f"{WITHDRAWN}; UPDATE payout_transfers SET status = 'failed'",
        f"{WITHDRAWN}; UPDATE payouts SET way = 'hand'",
        f"{WITHDRAWN}; UPDATE commission_entries SET held_fen = -499 WHERE kind = 'pay'",
        f"{WITHDRAWN}; UPDATE withdrawals SET fee_fen = 1",
    ],
}
