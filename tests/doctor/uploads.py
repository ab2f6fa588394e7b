"""Ways to break what must hold of uploads and what refers to them."""

from __future__ import annotations

_NAME = "repeat('a', 32) || '.jpg'"
_ME = "(SELECT min(id) FROM users)"
# A shopper shows a picture of their own. Triggers sleep here.
SOUND = (
    "INSERT INTO uploads (name, user_id, width, height, bytes)"
    f" VALUES ({_NAME}, {_ME}, 1, 1, 1);"
    f"UPDATE users SET avatar_url = '/api/v1/uploads/' || {_NAME} WHERE id = {_ME};"
    f"INSERT INTO upload_references SELECT {_NAME}, 'users', {_ME}"
)
BREAKS = {
    "U1": [
        f"{SOUND}; DELETE FROM upload_references",
        f"{SOUND}; UPDATE uploads SET expires_at = now()",
        f"{SOUND}; DELETE FROM uploads",
    ],
    "U2": [
        f"{SOUND}; UPDATE users SET avatar_url = NULL",
        f"{SOUND}; INSERT INTO upload_references SELECT name, 'spus', 0 FROM uploads",
    ],
    "U3": [
        f"{SOUND}; UPDATE uploads SET expires_at = now()",
        f"{SOUND}; DELETE FROM upload_references",
    ],
}
