"""What must always hold of collages."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I78a",
        "a collage is of its shopper's own share and own pictures",
        """
        SELECT c.id AS collage_id, c.user_id FROM collages c
        LEFT JOIN shares s ON s.id = c.share_id
        WHERE c.created_at >= :since
          AND (s.user_id <> c.user_id
               OR EXISTS (SELECT FROM uploads p
                          WHERE p.name = ANY(c.photos) AND p.user_id IS DISTINCT FROM c.user_id))
        """,
    ),
    Invariant(
        "I78b",
        "a collage is shown as its content stands, and only what was drawn is a content",
        """
        SELECT c.id AS collage_id, c.status, m.status AS content_status FROM collages c
        LEFT JOIN moderated_contents m ON m.kind = 'collage' AND m.ref = c.id
        WHERE c.used_at >= :since
          AND m.status IS DISTINCT FROM CASE c.status
              WHEN 'checking' THEN 'pending' WHEN 'ready' THEN 'approved'
              WHEN 'refused' THEN 'refused' WHEN 'hidden' THEN 'hidden' END
        """,
    ),
    Invariant(
        "I78c",
        "no collage waits for longer than its job is tried",
        """
        SELECT id AS collage_id, created_at FROM collages
        WHERE status = 'waiting' AND created_at < now() - interval '1 day'
        """,
    ),
)
