"""Ways to break what must hold of points."""

from __future__ import annotations

GRANT = (
    "INSERT INTO points_accounts (user_id, available) SELECT id, 5 FROM users LIMIT 1;"
    "INSERT INTO points_entries (user_id, kind, source, available)"
    " SELECT user_id, 'adjust', 'x', 5 FROM points_accounts;"
    "INSERT INTO points_lots (user_id, entry_id, granted, remaining)"
    " SELECT user_id, id, 5, 5 FROM points_entries"
)
BREAKS = {
    "I1a": [f"{GRANT}; UPDATE points_accounts SET available = 6"],
    "I1b": [f"{GRANT}; UPDATE points_lots SET remaining = 4"],
    "I1c": [f"{GRANT}; UPDATE points_lots SET frozen = true"],
    "I2a": [f"{GRANT}; UPDATE points_accounts SET debt = 1"],
    "I17a": [
        f"{GRANT}; INSERT INTO points_holds (user_id, source, points)"
        " SELECT user_id, 'x', 1 FROM points_accounts"
    ],
}
