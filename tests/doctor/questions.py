"""Ways to break what must hold of questions and answers."""

from __future__ import annotations

# The shopper of the unpaid order asks, the one of the paid order answers and is rewarded.
SOUND = (
    "INSERT INTO product_questions (spu_id, user_id, text, status, answers, approved_at, asked_at)"
    " SELECT l.spu_id, o.user_id, 'x', 'approved', 1, now(), now()"
    " FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = :unpaid;"
    "INSERT INTO spu_questions SELECT spu_id, 1 FROM product_questions;"
    "INSERT INTO question_askings (question_id, user_id)"
    " SELECT q.id, o.user_id FROM product_questions q, orders o WHERE o.id = :paid;"
    "INSERT INTO product_answers (question_id, user_id, text, status, helpful, approved_at)"
    " SELECT q.id, o.user_id, 'x', 'approved', 1, now() FROM product_questions q, orders o"
    " WHERE o.id = :paid;"
    "INSERT INTO answer_votes (answer_id, user_id)"
    " SELECT a.id, q.user_id FROM product_answers a, product_questions q;"
    "INSERT INTO reward_rules (name, reward, used) VALUES ('x', '[]', 0);"
    "INSERT INTO reward_grants (rule_id, event, user_id, ground, day)"
    " SELECT r.id, 'answer:0', a.user_id, 'answer:' || a.id, current_date"
    " FROM reward_rules r, product_answers a;"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT id, 0, 'treat', '', 1, 'x' FROM reward_grants;"
    "UPDATE product_answers a SET grant_id = g.id FROM reward_grants g"
)
BREAKS = {
    "I74a": [
        f"{SOUND}; UPDATE spu_questions SET questions = 2",
        f"{SOUND}; DELETE FROM spu_questions",
        f"{SOUND}; UPDATE product_questions SET status = 'hidden'",
    ],
    "I74b": [
        f"{SOUND}; UPDATE product_questions SET answers = 0",
        f"{SOUND}; UPDATE product_answers SET status = 'pending'",
    ],
    "I74c": [
        f"{SOUND}; DELETE FROM answer_votes",
        f"{SOUND}; UPDATE answer_votes v SET user_id = a.user_id FROM product_answers a",
    ],
    "I74d": [f"{SOUND}; UPDATE product_answers a SET user_id = q.user_id FROM product_questions q"],
    "I74e": [
        f"{SOUND}; UPDATE product_answers SET grant_id = NULL",
        f"{SOUND}; INSERT INTO reward_grants (rule_id, event, user_id, ground, day)"
        " SELECT rule_id, 'again', user_id, ground, day FROM reward_grants",
        f"{SOUND}; UPDATE product_answers SET status = 'hidden',"
        " changed_at = now() - interval '2 hours'",
    ],
    "I74f": [
        f"{SOUND}; UPDATE question_askings k SET user_id = q.user_id FROM product_questions q",
        f"{SOUND}; UPDATE product_questions SET asked_at = NULL",
    ],
}
