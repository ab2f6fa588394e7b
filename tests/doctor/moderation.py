"""Ways to break what must hold of moderation: a sound content, then the break."""

from __future__ import annotations

SOUND = (
    "INSERT INTO moderated_contents (id, kind, ref, text, status, decided_at) OVERRIDING SYSTEM"
    " VALUE VALUES (1, 'x', 1, 'x', 'approved', now());"
    "INSERT INTO content_checks (content_id, version, part, status, ended_at)"
    " VALUES (1, 1, 'own', 'pass', now() - interval '1 second')"
)
HIDDEN = (
    f"{SOUND}; INSERT INTO staff_members (id, username, display_name, password_hash)"
    " OVERRIDING SYSTEM VALUE VALUES (990, 'moderator', 'x', '!');"
    "UPDATE moderated_contents SET status = 'hidden', reason = 'x', legal_reason = 'privacy',"
    " decided_by = 990"
)
WITHDRAWN = (
    f"{SOUND}; DELETE FROM content_checks;"
    "UPDATE moderated_contents SET status = 'withdrawn', text = ''"
)
_CHECK = "UPDATE content_checks SET"
BREAKS: dict[str, list[str]] = {
    "I20m": [
        f"{SOUND}; {_CHECK} status = 'review'",
        f"{SOUND}; {_CHECK} status = 'risky'",
        f"{SOUND}; {_CHECK} status = 'waiting', ended_at = NULL;"
        "UPDATE moderated_contents SET decided_at = now() - interval '2 hours'",
    ],
    "I20n": [
        f"{HIDDEN}; UPDATE moderated_contents SET legal_reason = NULL",
        f"{HIDDEN}; UPDATE moderated_contents SET reason = NULL",
        f"{HIDDEN}; UPDATE moderated_contents SET decided_by = NULL",
    ],
    "I20o": [
        f"{WITHDRAWN}; UPDATE moderated_contents SET text = 'x'",
        f"{WITHDRAWN}; INSERT INTO content_pictures VALUES ('a.jpg', 1, 0, 0, 0, 0, 0)",
        f"{WITHDRAWN}; INSERT INTO content_text_bands VALUES (1, 0, 0)",
        f"{WITHDRAWN}; INSERT INTO content_checks (content_id, version, part, status)"
        " VALUES (1, 1, 'own', 'pass')",
    ],
}
