"""I11: what WeChat said is acted on."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I11e",
        "a push of WeChat is acted on, or its job is still there",
        """
        SELECT p.id AS push_id, p.event, p.received_at
        FROM wechat_pushes p
        WHERE p.handled_at IS NULL AND p.received_at < now() - interval '15 minutes'
          AND NOT EXISTS (
              SELECT 1 FROM procrastinate_jobs j
              WHERE j.task_name = 'messages.handle_push'
                AND (j.args ->> 'push_id')::bigint = p.id
                AND j.status IN ('todo', 'doing', 'failed')
          )
        """,
    ),
    Invariant(
        "I11i",
        "a message that waits has its call to WeChat",
        """
        SELECT m.id AS message_id, m.kind, m.status FROM messages m
        WHERE m.status IN ('pending', 'sending') AND NOT EXISTS (
            SELECT 1 FROM outbound_calls c
            WHERE c.kind = 'messages.send' AND c.key = m.id AND c.due_at IS NOT NULL)
        """,
    ),
)
