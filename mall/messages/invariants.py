"""I11: what WeChat said is acted on, and no message waits for ever. I25: marketing has manners."""

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
    Invariant(
        "I11m",
        "a message that waits is decided on within an hour of its time, and its time is tomorrow",
        """
        SELECT id AS message_id, kind, not_before FROM messages
        WHERE status = 'waiting' AND (
            not_before < now() - interval '1 hour' OR not_before > now() + interval '1 day')
        """,
    ),
    Invariant(
        "I25a",
        "the marketing messages of a shopper's day are as many as were counted, within the cap",
        """
        WITH recounted AS (
            SELECT user_id, counted_on AS day, count(*) AS messages FROM messages
            WHERE counted_on >= CAST(:since AS date) AND counted_on > current_date - 80
            GROUP BY user_id, counted_on
        ), days AS (
            SELECT * FROM marketing_days
            WHERE day >= CAST(:since AS date) AND day > current_date - 80
        )
        SELECT user_id, day, d.counted, d.allowed, r.messages
        FROM days d FULL JOIN recounted r USING (user_id, day)
        WHERE coalesce(d.counted, 0) <> coalesce(r.messages, 0) OR d.counted > d.allowed
        """,
    ),
    Invariant(
        "I25b",
        "marketing is handed to WeChat outside of quiet hours, on the day that counts it",
        """
        SELECT id AS message_id, handed_at, quiet_hours, counted_on FROM (
            SELECT *, CAST(split_part(quiet_hours, '-', 1) AS time) AS quiet_from,
                CAST(split_part(quiet_hours, '-', 2) AS time) AS quiet_until,
                handed_at AT TIME ZONE 'Asia/Shanghai' AS handed
            FROM messages
            WHERE purpose = 'marketing' AND counted_on >= CAST(:since AS date)
              AND handed_at IS NOT NULL
        ) m
        WHERE counted_on <> CAST(handed AS date) OR quiet_hours IS NULL OR CASE
            WHEN quiet_from <= quiet_until
            THEN CAST(handed AS time) >= quiet_from AND CAST(handed AS time) < quiet_until
            ELSE CAST(handed AS time) >= quiet_from OR CAST(handed AS time) < quiet_until END
        """,
    ),
    Invariant(
        "I25c",
        "marketing that was sent is counted, and its shopper hadn't opted out before",
        """
        SELECT m.id AS message_id, m.status FROM messages m
        LEFT JOIN message_preferences p ON p.user_id = m.user_id AND NOT p.marketing
        WHERE m.purpose = 'marketing' AND m.handed_at >= :since AND (
            m.status IN ('pending', 'sending', 'sent', 'unknown') AND m.counted_on IS NULL
            OR m.handed_at > p.updated_at + interval '5 seconds')
        """,
    ),
    Invariant(
        "I25d",
        "no more messages of a template were sent than the shopper allowed",
        """
        SELECT user_id, template_id, used FROM message_grants
        WHERE updated_at >= :since AND used > greatest(reported, pushed)
        """,
    ),
)
