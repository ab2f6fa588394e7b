"""Ways to break what must hold of points."""

from __future__ import annotations

GRANT = (
    "INSERT INTO points_accounts (user_id, available) SELECT id, 5 FROM users LIMIT 1;"
    "INSERT INTO points_entries (user_id, kind, source, available)"
    " SELECT user_id, 'adjust', 'x', 5 FROM points_accounts;"
    "INSERT INTO points_lots (user_id, entry_id, granted, remaining)"
    " SELECT user_id, id, 5, 5 FROM points_entries"
)
SHEET = (
    f"{GRANT}; INSERT INTO points_sheets (key, kind, reason, digest, status, lines, points,"
    " given_lines, given_points, checked_by, started_at)"
    " VALUES ('x', 'grant', 'x', '', 'done', 1, 5, 1, 5, 1, now());"
    "INSERT INTO points_sheet_lines (sheet_id, line, user_id, points, status, entry_id)"
    " SELECT s.id, 2, e.user_id, 5, 'given', e.id FROM points_sheets s, points_entries e"
)
ROLLED_UP = (
    f"{GRANT}; INSERT INTO points_days SELECT CAST(timezone('Asia/Shanghai', created_at) AS date),"
    " kind, 1, 5, 5 FROM points_entries;"
    "INSERT INTO points_balance_days VALUES (current_date, now(), 1, 5, 0, 0, 0, 100);"
    "INSERT INTO points_lot_months VALUES ('2026-11', '', 1, 5, 5, 0, 0, 0)"
)
COUNTED = (
    f"{ROLLED_UP}; UPDATE points_balance_days SET counted_by = 'x';"
    "UPDATE points_lots SET changed_at = now() - interval '2 hours';"
    "INSERT INTO points_counted_lots SELECT id, '2026-11', '', 5, 5, 0, 0, 0 FROM points_lots"
)
SOUND = (SHEET, COUNTED)
SPENT = (
    f"{GRANT};"
    "INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen, shares)"
    " SELECT id, 'POINTS', 'points:3', '', -3, '{-3}' FROM orders WHERE id = :unpaid;"
    "INSERT INTO points_holds (user_id, source, points)"
    " SELECT user_id, 'checkout:' || order_no, 3 FROM orders WHERE id = :unpaid;"
    "INSERT INTO points_entries (user_id, kind, source, available, held)"
    " SELECT user_id, 'hold', source, -3, 3 FROM points_holds;"
    "INSERT INTO points_spent (order_id, position, points) SELECT :unpaid, 1, 3"
)
EARNED = (
    f"{GRANT};"
    "INSERT INTO points_earning_plans (version, name, default_rate, categories, skus, days)"
    " VALUES (1, '', 0, '{}', '{}', '[]');"
    "INSERT INTO points_earned (order_id, version, entry_id, points, thawed_at)"
    " SELECT :paid, 1, id, 5, now() FROM points_entries;"
    "INSERT INTO points_earned_lines (order_id, position, rate, base_fen)"
    " VALUES (:paid, 1, 1000000, 599)"
)
BREAKS = {
    "I1a": [f"{GRANT}; UPDATE points_accounts SET available = 6"],
    "I1b": [f"{GRANT}; UPDATE points_lots SET remaining = 4"],
    "I1c": [f"{GRANT}; UPDATE points_lots SET frozen = true"],
    "I1r": [
        f"{ROLLED_UP}; UPDATE points_days SET net = 6",
        f"{ROLLED_UP}; UPDATE points_days SET kind = 'x'",
        f"{ROLLED_UP}; INSERT INTO points_days VALUES (current_date - 1, 'expire', 1, 0, -5)",
    ],
    "I1s": [
        f"{SHEET}; UPDATE points_sheets SET given_points = 6",
        f"{SHEET}; UPDATE points_sheets SET refused_lines = 1",
        f"{SHEET}; UPDATE points_sheet_lines SET points = 4; UPDATE points_sheets"
        " SET given_points = 4",
        f"{SHEET}; INSERT INTO points_sheet_lines (sheet_id, line, status)"
        " SELECT id, 3, 'ready' FROM points_sheets",
    ],
    "I1t": [
        f"{ROLLED_UP}; UPDATE points_lot_months SET available = 4",
        f"{ROLLED_UP}; UPDATE points_balance_days SET frozen = 1",
    ],
    "I1u": [
        f"{COUNTED}; DELETE FROM points_counted_lots",
        f"{COUNTED}; UPDATE points_counted_lots SET available = 4",
        f"{COUNTED}; UPDATE points_lots SET reversed = 1",
    ],
    "I2a": [f"{GRANT}; UPDATE points_accounts SET debt = 1"],
    "I17a": [
        f"{GRANT}; INSERT INTO points_holds (user_id, source, points)"
        " SELECT user_id, 'x', 1 FROM points_accounts"
    ],
    "I17b": [
        f"{SPENT}; DELETE FROM points_holds",
        f"{SPENT}; UPDATE points_holds SET status = 'settled'",
        f"{SPENT}; UPDATE points_holds SET points = 4",
        f"{SPENT}; DELETE FROM order_adjustments WHERE lane = 'POINTS'",
    ],
    "I17c": [
        f"{SPENT}; UPDATE points_spent SET points = 2",
        f"{SPENT}; UPDATE points_spent SET returned = 1;"
        " UPDATE orders SET paid_at = now(), status = 'paid' WHERE id = :unpaid",
    ],
    "I1d": [
        f"{EARNED}; UPDATE points_earned SET points = 6",
        f"{EARNED}; UPDATE points_earned SET reversed = 1",
        f"{EARNED}; UPDATE points_lots SET reversed = 1",
        f"{EARNED}; UPDATE points_earned SET thawed_at = NULL",
        f"{EARNED}; UPDATE points_earned_lines SET back_fen = 100",
    ],
    "I1e": [
        f"{EARNED}; DELETE FROM points_earned_lines; DELETE FROM points_earned;"
        " UPDATE points_earning_plans SET created_at = now() - interval '2 days';"
        " UPDATE orders SET paid_at = now() - interval '2 hours' WHERE id = :paid",
        f"{EARNED}; UPDATE points_earned SET thawed_at = NULL;"
        " UPDATE orders SET settled_at = now() - interval '2 hours' WHERE id = :paid",
        f"{EARNED}; UPDATE refunds SET status = 'succeeded',"
        " succeeded_at = now() - interval '2 hours'",
    ],
}
