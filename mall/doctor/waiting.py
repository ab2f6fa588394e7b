"""I11: nothing waits longer than its bound. What failed for good is in the dead-letter list."""

from __future__ import annotations

from mall.doctor.promise import Invariant

INVARIANTS = (
    Invariant(
        "I11a",
        "a job that is due starts within 15 minutes",
        """
        SELECT j.id AS job_id, j.task_name, j.status::text AS status, due.at
        FROM procrastinate_jobs j
        CROSS JOIN LATERAL (
            SELECT greatest(j.scheduled_at, max(e.at)) AS at
            FROM procrastinate_events e WHERE e.job_id = j.id
        ) due
        WHERE j.status = 'todo' AND due.at < now() - interval '15 minutes'
        """,
    ),
    Invariant(
        "I11b",
        "a job at work belongs to a worker that lives",
        """
        SELECT j.id AS job_id, j.task_name, j.status::text AS status, w.last_heartbeat
        FROM procrastinate_jobs j
        LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
        CROSS JOIN LATERAL (
            SELECT max(at) AS at FROM procrastinate_events e WHERE e.job_id = j.id
        ) started
        WHERE j.status = 'doing' AND started.at < now() - interval '15 minutes'
          AND (w.id IS NULL OR w.last_heartbeat < now() - interval '15 minutes')
        """,
    ),
    Invariant(
        "I11c",
        "an order's deadlines are kept within the hour",
        """
        SELECT o.order_no, o.status, o.expires_at, o.auto_confirm_at
        FROM orders o
        WHERE (o.status = 'unpaid' AND o.expires_at < now() - interval '1 hour'
               AND NOT EXISTS (SELECT 1 FROM order_closings c WHERE c.order_id = o.id))
           OR (o.status = 'shipped' AND o.auto_confirm_at < now() - interval '1 hour')
        """,
    ),
    Invariant(
        "I11d",
        "what WeChat must be asked or told is, within the hour",
        """
        SELECT 'payment' AS what, a.id, a.next_query_at AS due_at FROM payment_attempts a
        WHERE a.next_query_at < now() - interval '1 hour'
        UNION ALL
        SELECT 'refund', r.id, r.next_try_at FROM refunds r
        WHERE r.next_try_at < now() - interval '1 hour'
        UNION ALL
        SELECT 'closing', c.order_id, c.next_try_at FROM order_closings c
        WHERE c.next_try_at < now() - interval '1 hour'
        UNION ALL
        SELECT 'shipping upload', u.order_id, u.due_at FROM shipping_uploads u
        WHERE u.status = 'pending' AND u.due_at < now() - interval '1 hour'
        UNION ALL
        SELECT 'message', m.id, m.due_at FROM messages m
        WHERE m.status IN ('pending', 'sending') AND m.due_at < now() - interval '1 hour'
        """,
    ),
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
)
