"""I20m, I20n, I20o: nothing is shown unchecked, hidden without a ground, or kept once deleted."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I20m",
        "what the machine approved passed every check of its version, without a finding",
        """
        SELECT c.id AS content_id, k.part, k.status FROM moderated_contents c
        CROSS JOIN LATERAL (
            SELECT * FROM content_checks WHERE content_id = c.id AND version = c.version OFFSET 0
        ) k
        WHERE c.status = 'approved' AND c.decided_by IS NULL AND c.decided_at >= :since
          AND c.changed_at >= :since
          AND CASE WHEN k.status = 'waiting' THEN c.decided_at < now() - interval '1 hour'
              ELSE k.status <> 'pass' AND k.ended_at <= c.decided_at END
        """,
    ),
    Invariant(
        "I20n",
        "a content is hidden by staff, for a legal reason that its writer reads",
        """
        SELECT id AS content_id FROM moderated_contents
        WHERE status = 'hidden' AND changed_at >= :since
          AND (legal_reason IS NULL OR reason IS NULL OR decided_by IS NULL)
        """,
    ),
    Invariant(
        "I20o",
        "of a content that its writer deleted nothing is kept",
        """
        SELECT c.id AS content_id FROM moderated_contents c
        WHERE c.status = 'withdrawn' AND c.changed_at >= :since
          AND (c.text <> '' OR c.pictures <> '{}' OR c.video IS NOT NULL
               OR EXISTS (SELECT 1 FROM content_pictures p WHERE p.content_id = c.id)
               OR EXISTS (SELECT 1 FROM content_text_bands b WHERE b.content_id = c.id)
               OR EXISTS (SELECT 1 FROM content_checks k WHERE k.content_id = c.id))
        """,
    ),
)
