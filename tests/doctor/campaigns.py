"""What breaks the promise that each version of a running campaign was reviewed."""

from __future__ import annotations

BREAKS: dict[str, list[str]] = {
    "I40a": [
        "INSERT INTO reward_rules (name, reward, version) VALUES ('x', '[]', 2)",
        "INSERT INTO flash_sessions (name, kind, starts_at, ends_at, version)"
        " VALUES ('x', 'timed', now(), now() + interval '1 hour', 1)",
    ]
}
