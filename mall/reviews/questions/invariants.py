"""I74: what is counted of questions agrees with what is shown; an answer is rewarded once."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I74a",
        "a product counts the questions that are shown",
        """
        SELECT coalesce(c.spu_id, q.spu_id) AS spu_id, c.questions, q.found
        FROM spu_questions c FULL JOIN (
            SELECT spu_id, count(*) AS found FROM product_questions
            WHERE status = 'approved' GROUP BY spu_id
        ) q ON q.spu_id = c.spu_id
        WHERE coalesce(c.questions, 0) <> coalesce(q.found, 0)
        """,
    ),
    Invariant(
        "I74b",
        "a question counts its approved answers, the shop's among them",
        """
        SELECT q.id AS question_id, q.answers, a.found FROM (
            SELECT id FROM product_questions WHERE created_at >= :since
            UNION SELECT question_id FROM product_answers WHERE changed_at >= :since
        ) recent CROSS JOIN LATERAL (
            SELECT id, answers FROM product_questions WHERE id = recent.id LIMIT 1
        ) q CROSS JOIN LATERAL (
            SELECT count(*) AS found FROM product_answers
            WHERE question_id = q.id AND status = 'approved'
        ) a
        WHERE q.answers <= :most AND q.answers <> a.found
        """,
    ),
    Invariant(
        "I74c",
        "an answer counts its votes, and its writer's isn't among them",
        """
        SELECT a.id AS answer_id, a.helpful, v.found FROM (
            SELECT id FROM product_answers WHERE changed_at >= :since
            UNION SELECT answer_id FROM answer_votes WHERE created_at >= :since
        ) recent CROSS JOIN LATERAL (
            SELECT id, user_id, helpful FROM product_answers WHERE id = recent.id LIMIT 1
        ) a CROSS JOIN LATERAL (
            SELECT count(*) AS found, bool_or(user_id = a.user_id) AS own
            FROM answer_votes WHERE answer_id = a.id
        ) v
        WHERE a.helpful <= :most AND (a.helpful <> v.found OR v.own)
        """,
    ),
    Invariant(
        "I74d",
        "nobody answers their own question",
        """
        SELECT a.id AS answer_id, q.id AS question_id FROM product_answers a
        CROSS JOIN LATERAL (
            SELECT id, user_id FROM product_questions WHERE id = a.question_id LIMIT 1
        ) q
        WHERE a.created_at >= :since AND a.changed_at >= :since AND q.user_id = a.user_id
        """,
    ),
    Invariant(
        "I74e",
        "an answer has at most the one reward that its row names, and only while it may be shown",
        """
        SELECT a.id AS answer_id, a.status, a.grant_id, g.id AS stands FROM product_answers a
        CROSS JOIN LATERAL (
            SELECT id, user_id FROM reward_grants
            WHERE ground = 'answer:' || a.id AND status = 'granted' OFFSET 0
        ) g
        WHERE a.changed_at >= :since
          AND (g.id IS DISTINCT FROM a.grant_id OR g.user_id <> a.user_id)
        UNION ALL
        SELECT id, status, grant_id, NULL FROM product_answers
        WHERE changed_at >= :since AND changed_at < now() - interval '1 hour'
          AND grant_id IS NOT NULL AND status NOT IN ('approved', 'pending')
        """,
    ),
    Invariant(
        "I74f",
        "no more buyers are asked than may be, none of them the asker",
        """
        SELECT q.id AS question_id, k.asked FROM product_questions q
        CROSS JOIN LATERAL (
            SELECT count(*) AS asked, bool_or(user_id = q.user_id) AS own
            FROM question_askings WHERE question_id = q.id
        ) k
        WHERE q.created_at >= :since AND k.asked > 0
          AND (k.asked > 50 OR k.own OR q.asked_at IS NULL)
        """,
    ),
)
