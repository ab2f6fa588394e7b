"""Ways to break what must hold of draws of teams: a settled team whose leader's order gets free."""

from __future__ import annotations

from tests.doctor.groupbuy_teams import TEAM

DRAWS = (
    f"{TEAM};"
    "UPDATE groupbuy_teams SET status = 'settled', closed_at = now() - interval '20 minutes';"
    "INSERT INTO lottery_activities (activity_id, lottery_id)"
    " SELECT id, 1 FROM groupbuy_activities;"
    "INSERT INTO lottery_members (member_id, activity_id, lottery_id, user_id, order_id, status)"
    " SELECT id, activity_id, 1, user_id, order_id, 'given' FROM groupbuy_members"
    " WHERE order_id = :paid;"
    "INSERT INTO lottery_chances (lottery_id, user_id, given) SELECT 1, user_id, 1"
    " FROM lottery_members;"
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, given)"
    " SELECT 1, user_id, 'grant', 'team' || chr(58) || member_id, 1 FROM lottery_members;"
    "INSERT INTO lottery_free_orders (member_id, amount_fen, refund_no, done_at)"
    " SELECT member_id, 500, 'free', now() FROM lottery_members;"
    "INSERT INTO refunds (refund_no, order_id, attempt_id, kind, cause, reason, amount_fen,"
    " out_refund_no, status, cancellable, request) SELECT 'free', order_id, 1, 'order',"
    " 'lottery' || chr(58) || 'free' || chr(58) || member_id, 'x', 500, 'free', 'pending',"
    " false, '{}' FROM lottery_members;"
    "INSERT INTO reward_grants (rule_id, event, user_id, day)"
    " SELECT 1, 'x', user_id, current_date FROM lottery_members;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT g.id, 0, 'free_order', '1', 1, CAST(l.member_id AS text)"
    " FROM reward_grants g, lottery_members l;"
    "UPDATE lottery_free_orders SET grant_id = (SELECT max(id) FROM reward_grants)"
)
_BACK = (
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, given)"
    " SELECT 1, user_id, 'take_back', 'team' || chr(58) || member_id, -1 FROM lottery_members"
)
BREAKS: dict[str, list[str]] = {
    "I26a": [
        f"{DRAWS}; DELETE FROM lottery_members",
        f"{DRAWS}; UPDATE lottery_members SET status = 'due'",
    ],
    "I26b": [
        f"{DRAWS}; DELETE FROM lottery_chance_entries",
        f"{DRAWS}; UPDATE lottery_chance_entries SET given = 2",
        f"{DRAWS}; UPDATE lottery_chance_entries SET lottery_id = 2",
        f"{DRAWS}; UPDATE lottery_members SET status = 'refused'",
        f"{DRAWS}; UPDATE lottery_members SET status = 'taken_back'",
        f"{DRAWS}; {_BACK}",
    ],
    "I26c": [
        f"{DRAWS}; UPDATE refunds SET amount_fen = 400 WHERE refund_no = 'free'",
        f"{DRAWS}; UPDATE refunds SET order_id = :unpaid WHERE refund_no = 'free'",
        f"{DRAWS}; UPDATE refunds SET cause = 'x' WHERE refund_no = 'free'",
        f"{DRAWS}; DELETE FROM refunds WHERE refund_no = 'free'",
        f"{DRAWS}; DELETE FROM reward_parts",
        f"{DRAWS}; UPDATE reward_parts SET receipt = 'x'",
        f"{DRAWS}; UPDATE lottery_free_orders SET grant_id = NULL",
        f"{DRAWS}; UPDATE reward_grants SET user_id = user_id + 1",
    ],
}
