"""What breaks the promises of marketing messages: one that was sent at noon, then the break."""

from __future__ import annotations

# The shop's noon of yesterday; the frequent run looks at the last three days.
NOON = r"(current_date - 1) + interval '4 hours'"
SENT = (
    "INSERT INTO messages (kind, purpose, ref, user_id, template_id, status, counted_on,"
    " handed_at, quiet_hours, sent_at)"
    f" SELECT 'x', 'marketing', '1', min(id), 't', 'sent', current_date - 1, {NOON},"
    r" '21\:00-09\:00', now() FROM users;"
    "INSERT INTO marketing_days SELECT user_id, counted_on, 1, 3 FROM messages"
    " WHERE purpose = 'marketing'"
)
WAITS = (
    "INSERT INTO messages (kind, purpose, ref, user_id, status, not_before)"
    " SELECT 'x', 'marketing', '2', min(id), 'waiting', now() + interval '12 hours' FROM users"
)
SOUND = (
    SENT,
    WAITS,
    # The last minute before the quiet hours, and the first after them.
    f"{SENT}; UPDATE messages SET handed_at = handed_at + interval '8 hours 59 minutes'",
    f"{SENT}; UPDATE messages SET handed_at = handed_at - interval '3 hours'",
)
BREAKS: dict[str, list[str]] = {
    "I11m": [
        f"{WAITS}; UPDATE messages SET not_before = now() - interval '2 hours'"
        " WHERE status = 'waiting'",
        f"{WAITS}; UPDATE messages SET not_before = now() + interval '2 days'"
        " WHERE status = 'waiting'",
    ],
    "I25a": [
        f"{SENT}; UPDATE marketing_days SET counted = 2",
        f"{SENT}; DELETE FROM marketing_days",
        f"{SENT}; UPDATE marketing_days SET allowed = 0",
        f"{SENT}; DELETE FROM messages WHERE purpose = 'marketing'",
    ],
    "I25b": [
        f"{SENT}; UPDATE messages SET handed_at = handed_at + interval '9 hours'",
        f"{SENT}; UPDATE messages SET handed_at = handed_at - interval '3 hours 1 second'",
        f"{SENT}; UPDATE messages SET handed_at = handed_at - interval '1 day'",
        f"{SENT}; UPDATE messages SET quiet_hours = NULL",
        rf"{SENT}; UPDATE messages SET quiet_hours = '12\:00-13\:00'",
    ],
    "I25c": [
        f"{SENT}; UPDATE messages SET counted_on = NULL",
        f"{SENT}; INSERT INTO message_preferences (user_id, marketing, updated_at)"
        " SELECT user_id, false, handed_at - interval '1 minute' FROM messages"
        " WHERE purpose = 'marketing'",
    ],
    "I25d": [
        "INSERT INTO message_grants (user_id, template_id, reported, pushed, used)"
        " SELECT min(id), 't', 2, 1, 3 FROM users",
    ],
}
