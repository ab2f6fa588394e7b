"""Ways to break what must hold of tills."""

from __future__ import annotations

from tests.doctor.points import GRANT

TILL = (
    f"{GRANT}; INSERT INTO till_entries"
    " (user_id, point_id, staff_id, day, direction, points, reason, code_hash)"
    " SELECT user_id, 1, 2, current_date, 'grant', 5, 'x', 'c' FROM points_accounts;"
    "UPDATE points_entries SET kind = 'till_grant',"
    " source = (SELECT 'till:' || id FROM till_entries);"
    "INSERT INTO till_days (day, scope, subject_id, granted) SELECT current_date, s.scope, s.id, 5"
    " FROM till_entries e CROSS JOIN LATERAL (VALUES ('point', e.point_id), ('staff', e.staff_id),"
    " ('shopper', e.user_id)) s (scope, id)"
)
CODE = (
    "INSERT INTO till_codes (user_id, code_hash, expires_at, used_at)"
    " SELECT id, 'c', now(), {used_at} FROM users LIMIT 1"
)
BREAKS = {
    "I41a": [
        f"{TILL}; UPDATE till_entries SET points = 4",
        f"{TILL}; UPDATE till_entries SET undone_at = now(), undone_by = 2",
        f"{GRANT}; UPDATE points_entries SET kind = 'till_grant', source = 'till:9'",
    ],
    "I41b": [
        f"{TILL}; UPDATE till_days SET granted = 6 WHERE scope = 'staff'",
        f"{TILL}; DELETE FROM till_days WHERE scope = 'point'",
    ],
    "I41c": [CODE.format(used_at="now()"), f"{TILL}; {CODE.format(used_at='NULL')}"],
}
