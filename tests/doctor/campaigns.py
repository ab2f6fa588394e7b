"""What breaks the promise that each version of a running campaign was reviewed."""

from __future__ import annotations

BREAKS: dict[str, list[str]] = {
    "I40a": [
        "INSERT INTO reward_rules (name, reward, version) VALUES ('x', '[]', 2)",
        "INSERT INTO flash_sessions (name, kind, starts_at, ends_at, version)"
        " VALUES ('x', 'timed', now(), now() + interval '1 hour', 1)",
        "INSERT INTO missions (trigger, period, hidden) VALUES ('order_paid', 'once', false);"
        "INSERT INTO mission_versions (mission_id, version, name, text, measure, filters, target,"
        " rewards, at_once, audience, position)"
        " SELECT id, 1, 'x', '', 'count', '{}', 2, '[]', true, '[]', 0 FROM missions",
        "INSERT INTO compliance_verdicts (kind, ref, version, snapshot, result, findings, rules)"
        " VALUES ('check_in_plan', '1', 2, '{}', 'passed', '[]', '{}');"
        "INSERT INTO check_in_plans (version, name, days, rewards)"
        " VALUES (1, 'x', 7, '[]'), (2, 'x', 7, '[]'), (3, 'x', 7, '[]')",
    ]
}
