"""Ways to break what must hold of collages: a sound one, then the break."""

from __future__ import annotations

SOUND = (
    "INSERT INTO shares (id, token, user_id, page_kind, page_id, day) OVERRIDING SYSTEM VALUE"
    " VALUES (971, 'collage', 971, 'product', 1, current_date);"
    "INSERT INTO share_days (user_id, day, shares) VALUES (971, current_date, 1);"
    "INSERT INTO collage_templates (id, name, page_kinds, layout, enabled) OVERRIDING SYSTEM VALUE"
    " VALUES (971, 'x', '{product}', '{}', true);"
    "INSERT INTO uploads (name, user_id, attached_to, width, height, bytes)"
    " VALUES ('collage.jpg', 971, 'review:971', 1, 1, 1);"
    "INSERT INTO moderated_contents (kind, ref, user_id, text, status, decided_at)"
    " VALUES ('collage', 971, 971, '', 'approved', now());"
    "INSERT INTO collages (id, user_id, share_id, template_id, version, facts, photos, name,"
    " status) OVERRIDING SYSTEM VALUE"
    " VALUES (971, 971, 971, 971, 1, '', '{collage.jpg}', 'x.jpg', 'ready')"
)
_CONTENT = "UPDATE moderated_contents SET status ="
_COLLAGE = "UPDATE collages SET status ="
BREAKS: dict[str, list[str]] = {
    "I78a": [
        f"{SOUND}; UPDATE collages SET user_id = 972",
        f"{SOUND}; UPDATE uploads SET user_id = 972 WHERE name = 'collage.jpg'",
        f"{SOUND}; UPDATE uploads SET user_id = NULL, staff_id = 1 WHERE name = 'collage.jpg'",
    ],
    "I78b": [
        f"{SOUND}; {_CONTENT} 'pending' WHERE kind = 'collage'",
        f"{SOUND}; {_CONTENT} 'refused' WHERE kind = 'collage'",
        f"{SOUND}; DELETE FROM moderated_contents WHERE kind = 'collage'",
        f"{SOUND}; {_COLLAGE} 'checking'",
        f"{SOUND}; {_COLLAGE} 'waiting'",
        f"{SOUND}; {_COLLAGE} 'hidden', reason = 'x'",
        f"{SOUND}; {_COLLAGE} 'failed', reason = 'x'",
    ],
    "I78c": [
        f"{SOUND}; DELETE FROM moderated_contents WHERE kind = 'collage';"
        f"{_COLLAGE} 'waiting', created_at = now() - interval '25 hours'"
    ],
}
