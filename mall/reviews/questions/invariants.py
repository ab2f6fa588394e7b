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
        SELECT q.id AS question_id, q.answers, count(a.id) AS found FROM product_questions q
        LEFT JOIN product_answers a ON a.question_id = q.id AND a.status = 'approved'
        GROUP BY q.id HAVING q.answers <> count(a.id)
        """,
    ),
    Invariant(
        "I74c",
        "an answer counts its votes, and its writer's isn't among them",
        """
        SELECT a.id AS answer_id, a.helpful, count(v.user_id) AS found FROM product_answers a
        LEFT JOIN answer_votes v ON v.answer_id = a.id
        GROUP BY a.id
        HAVING a.helpful <> count(v.user_id) OR bool_or(v.user_id = a.user_id)
        """,
    ),
    Invariant(
        "I74d",
        "nobody answers their own question",
        """
        SELECT a.id AS answer_id, q.id AS question_id FROM product_answers a
        JOIN product_questions q ON q.id = a.question_id AND q.user_id = a.user_id
        WHERE a.created_at >= :since
        """,
    ),
    Invariant(
        "I74e",
        "an answer has at most the one reward that its row names, and only while it may be shown",
        """
        SELECT a.id AS answer_id, a.status, a.grant_id, g.id AS stands FROM product_answers a
        JOIN reward_grants g ON g.ground = 'answer:' || a.id AND g.status = 'granted'
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
        SELECT q.id AS question_id, count(*) AS asked FROM product_questions q
        JOIN question_askings k ON k.question_id = q.id
        WHERE q.created_at >= :since
        GROUP BY q.id
        HAVING count(*) > 50 OR bool_or(k.user_id = q.user_id) OR q.asked_at IS NULL
        """,
    ),
)
