"""Ways to break what must hold of lock-ups."""

from __future__ import annotations

from tests.doctor.points import GRANT

OFFER = (
    "INSERT INTO lockup_offers (name, rate_bp, days, min_points, max_points, per_shopper,"
    " opens_at, closes_at, budget, promised)"
    " VALUES ('x', 10000, 1, 1, 9, 1, now(), now() + interval '1 day', 9, 5)"
)
LOCK = (
    f"{GRANT}; {OFFER}; INSERT INTO lockups (offer_id, user_id, points, gain, matures_at)"
    " SELECT o.id, a.user_id, 5, 5, now() + interval '1 day'"
    " FROM lockup_offers o, points_accounts a;"
    "INSERT INTO lockup_counts SELECT offer_id, user_id, 1 FROM lockups;"
    "INSERT INTO points_holds (user_id, source, points)"
    " SELECT user_id, 'lockup:' || id, 5 FROM lockups;"
    "INSERT INTO points_entries (user_id, kind, source, available, held)"
    " SELECT user_id, 'lock', source, -5, 5 FROM points_holds;"
    "INSERT INTO points_uses SELECT e.id, l.id, 5, h.id FROM points_entries e, points_lots l,"
    " points_holds h WHERE e.kind = 'lock';"
    "UPDATE points_lots SET remaining = 0;"
    "UPDATE points_accounts SET available = 0, held = 5;"
    "INSERT INTO compliance_verdicts (kind, ref, version, snapshot, result, findings, rules)"
    " SELECT 'lockup_offer', id, 1, '{}', 'passed', '[]', '{}' FROM lockup_offers"
)
BREAKS = {
    "I42a": [
        f"{LOCK}; UPDATE points_holds SET status = 'settled'",
        f"{LOCK}; UPDATE lockups SET status = 'matured', ended_at = now()",
        f"{GRANT}; UPDATE points_entries SET kind = 'lock_gain', source = 'lockup:9'",
    ],
    "I42b": [
        f"{LOCK}; UPDATE lockup_offers SET promised = 4",
        f"{LOCK}; UPDATE lockup_offers SET paid = 1",
        f"{LOCK}; UPDATE lockup_offers SET budget = 4",
    ],
    "I42c": [
        f"{LOCK}; UPDATE lockup_counts SET locks = 2",
        f"{LOCK}; DELETE FROM lockup_counts",
    ],
    "I42d": [f"{LOCK}; UPDATE lockups SET matures_at = now() - interval '2 hours'"],
}
