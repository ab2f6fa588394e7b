"""I11: no job waits longer than its bound; those that were given up need somebody."""

from __future__ import annotations

from sqlalchemy import BigInteger, DateTime, SmallInteger, Text, column, text
from sqlalchemy.dialects.postgresql import JSONB

from mall.kernel.invariants import AttentionList, Invariant

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
)
DEAD_LETTERS = AttentionList(
    "dead_letters",
    "jobs that were given up",
    "已放弃的后台任务",
    text(
        """
        SELECT j.id, j.task_name, j.attempts, j.args - '_request_id' AS args,
               j.args ->> '_request_id' AS request_id, f.error, f.failed_at
        FROM procrastinate_jobs j LEFT JOIN job_errors f ON f.job_id = j.id
        WHERE j.status = 'failed'
        ORDER BY j.id DESC
        """
    ).columns(
        column("id", BigInteger),
        column("task_name", Text),
        column("attempts", SmallInteger),
        column("args", JSONB),
        column("request_id", Text),
        column("error", Text),
        column("failed_at", DateTime(timezone=True)),
    ),
)
