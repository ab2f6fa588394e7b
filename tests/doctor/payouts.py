"""Ways to break what must hold of payouts."""

from __future__ import annotations

OWED = (
    "INSERT INTO payouts (payout_no, user_id, kind, source, title, amount_fen)"
    " SELECT 'M1', id, 'x', 'y', 'z', 500 FROM users LIMIT 1"
)
ASKED = (
    f"{OWED}; UPDATE payouts SET status = 'asked';"
    "INSERT INTO payout_transfers (payout_id, user_id, out_bill_no, amount_fen, scene_id, report,"
    " perception, day) SELECT id, user_id, 'T1', 500, '1000', '[]', 'x', current_date"
    " FROM payouts;"
    "INSERT INTO payout_sums SELECT to_char(current_date, p), 500"
    " FROM unnest(ARRAY['YYYY-MM-DD', 'YYYY-MM']) p"
)
PAID = (
    f"{ASKED}; UPDATE payout_transfers SET status = 'succeeded', ended_at = now();"
    "UPDATE payouts SET status = 'paid', way = 'transfer', paid_at = now()"
)
DEBT = (
    f"{PAID}; INSERT INTO payout_accounts SELECT user_id, 500 FROM payouts;"
    "INSERT INTO payout_debts (user_id, payout_id, amount_fen) SELECT user_id, id, 500 FROM payouts"
)
TRANSFER = (
    "INSERT INTO payout_transfers (payout_id, user_id, out_bill_no, amount_fen, scene_id, report,"
    " perception, day, status, ended_at) SELECT id, user_id, 'T2', 500, '1000', '[]', 'x',"
    " current_date, 'succeeded', now() FROM payouts"
)
BREAKS = {
    "I18a": [
        f"{PAID}; UPDATE payout_transfers SET amount_fen = 501",
        f"{PAID}; DELETE FROM payout_transfers",
        f"{PAID}; {TRANSFER}",
        f"{OWED}; {TRANSFER}",
    ],
    "I18b": [
        f"{ASKED}; UPDATE payouts SET status = 'ready'",
        f"{ASKED}; UPDATE payouts SET back_fen = 1",
        f"{OWED}; UPDATE payouts SET status = 'asked'",
    ],
    "I18c": [
        f"{DEBT}; UPDATE payout_accounts SET debt_fen = 0",
        f"{DEBT}; DELETE FROM payout_debts",
        f"{DEBT}; DELETE FROM payout_accounts",
    ],
    "I18d": [f"{OWED}; UPDATE payouts SET offset_fen = 1"],
    "I18e": [
        f"{ASKED}; UPDATE payout_transfers SET status = '{status}',"
        " created_at = now() - interval '31 hours'"
        for status in ("confirming", "transferring", "canceling")
    ],
    "I18f": [
        f"{PAID}; UPDATE payout_sums SET amount_fen = 501",
        f"{PAID}; DELETE FROM payout_sums",
        f"{PAID}; UPDATE payout_transfers SET status = 'failed'",
        f"{PAID}; DELETE FROM payout_transfers",
    ],
}
