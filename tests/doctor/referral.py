"""Ways to break what must hold of invites and of the ladders they climb."""

from __future__ import annotations

INVITED = (
    "UPDATE orders SET status = 'completed', completed_at = paid_at, settled_at = paid_at"
    " WHERE id = :paid;"
    "INSERT INTO referral_bindings (inviter_id, invitee_id, bound_at) SELECT 801, user_id,"
    " created_at - interval '1 day' FROM orders WHERE id = :paid;"
    "INSERT INTO order_attributions (order_id, user_id, inviter_id, binding_id, rule, first_order,"
    " day) SELECT :paid, invitee_id, inviter_id, id, 'binding', true, current_date"
    " FROM referral_bindings;"
    "INSERT INTO referral_invites (binding_id, inviter_id, invitee_id, order_id, status,"
    " orders_settled, qualified_at, changed_at) SELECT id, inviter_id, invitee_id, :paid,"
    " 'qualified', 1, now(), now() - interval '2 hours' FROM referral_bindings"
)
LADDER = (
    f"{INVITED}; INSERT INTO ladder_campaigns (id) OVERRIDING SYSTEM VALUE VALUES (1);"
    "INSERT INTO ladder_versions (campaign_id, version, name, text, mode, starts_at, ends_at)"
    " VALUES (1, 1, 'x', '', 'x', now() - interval '1 day', now() + interval '1 day');"
    "INSERT INTO ladder_rungs VALUES (1, 1, 0, 'inviter', 1, 1, 1, 'x', '[]');"
    "INSERT INTO reward_grants (rule_id, event, user_id, day, ground)"
    " VALUES (1, 'x', 801, current_date, 'ladder:1');"
    "INSERT INTO ladder_grants (id, campaign_id, version, position, step, user_id, grant_id,"
    " created_at) OVERRIDING SYSTEM VALUE SELECT 1, 1, 1, 0, 1, user_id, id,"
    " now() - interval '2 hours' FROM reward_grants WHERE ground = 'ladder:1';"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT id, 0, 'growth', '', 1, '1' FROM reward_grants;"
    "INSERT INTO compliance_verdicts (kind, ref, version, snapshot, result, findings, rules)"
    " VALUES ('ladder_campaign', '1', 1, '{}', 'passed', '[]', '{}')"
)
# The same step, for one invitee's orders: the inviter's reward, or the invitee's.
PER_INVITEE = (
    f"{LADDER}; UPDATE ladder_rungs SET side = 'per_invitee';"
    "UPDATE ladder_grants SET invite_id = i.id FROM referral_invites i"
)
INVITEE = (
    f"{PER_INVITEE}; UPDATE ladder_rungs SET side = 'invitee';"
    "UPDATE ladder_grants SET user_id = i.invitee_id FROM referral_invites i;"
    "UPDATE reward_grants SET user_id = i.invitee_id FROM referral_invites i;"
    "UPDATE reward_days SET user_id = i.invitee_id FROM referral_invites i"
)
SCREENED = (
    f"{INVITED}; INSERT INTO referral_screenings (binding_id, status, scored_at)"
    " SELECT id, 'clear', now() - interval '2 hours' FROM referral_bindings"
)
LEADERBOARD = (
    f"{INVITED}; UPDATE referral_invites SET qualified_at = now() - interval '2 hours';"
    "INSERT INTO boards (id, kind, ref, starts_at, ends_at, closes_at, status)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 'referral_invites', 'x', now() - interval '1 day',"
    " now() + interval '1 day', now() + interval '1 day', 'open');"
    "INSERT INTO referral_leaderboards (id, name, text, period, starts_at, ends_at, wait_h)"
    " OVERRIDING SYSTEM VALUE SELECT 1, 'x', 'x', 'window', starts_at, ends_at, 0 FROM boards;"
    "INSERT INTO referral_leaderboard_periods (leaderboard_id, starts_at, board_id)"
    " SELECT 1, starts_at, id FROM boards;"
    "INSERT INTO board_facts (key, board_id, member_id, amount, at)"
    " SELECT 'invite:' || id, 1, inviter_id, 1, qualified_at FROM referral_invites;"
    "INSERT INTO board_scores (board_id, member_id, score, reached_at)"
    " SELECT board_id, member_id, amount, at FROM board_facts;"
    "INSERT INTO compliance_verdicts (kind, ref, version, snapshot, result, findings, rules)"
    " VALUES ('leaderboard', '1', 1, '{}', 'passed', '[]', '{}')"
)
SOUND = (INVITED, LADDER, PER_INVITEE, INVITEE, SCREENED, LEADERBOARD)
BREAKS: dict[str, list[str]] = {
    "I56a": [
        *(
            f"{INVITED}; UPDATE referral_invites SET {what}"
            for what in (
                *("orders_settled = 2", "order_id = :unpaid"),
                *("inviter_id = 802", "invitee_id = 802"),
            )
        ),
        f"{INVITED}; UPDATE orders SET settled_at = NULL",
        f"{INVITED}; UPDATE orders SET status = 'closed'",
        f"{INVITED}; UPDATE order_lines SET refunded_quantity = quantity",
        f"{INVITED}; DELETE FROM order_attributions",
    ],
    "I56b": [
        f"{INVITED}; UPDATE referral_invites SET orders_settled = 0",
        f"{INVITED}; INSERT INTO referral_screenings (binding_id, status, decided_at)"
        " SELECT id, 'void', now() - interval '1 hour' FROM referral_bindings",
    ],
    "I9f": [
        f"{LADDER}; UPDATE reward_grants SET rule_id = 2",
        f"{LADDER}; UPDATE reward_grants SET user_id = 802",
        f"{LADDER}; UPDATE ladder_grants SET grant_id = NULL",
        f"{LADDER}; DELETE FROM ladder_grants",
        f"{LADDER}; ALTER TABLE ladder_grants DROP CONSTRAINT uq_ladder_grants_step;"
        "INSERT INTO ladder_grants (id, campaign_id, version, position, step,"
        " user_id) OVERRIDING SYSTEM VALUE VALUES (2, 1, 1, 0, 1, 801)",
    ],
    "I9g": [
        f"{LADDER}; UPDATE referral_invites SET status = 'void'",
        f"{LADDER}; UPDATE referral_invites SET status = 'waiting'",
        f"{LADDER}; UPDATE reward_grants SET status = 'pending'",
        f"{LADDER}; UPDATE ladder_grants SET grant_id = NULL",
        f"{LADDER}; UPDATE ladder_rungs SET threshold = 2",
        f"{LADDER}; UPDATE ladder_versions SET starts_at = now() + interval '1 hour'",
        f"{LADDER}; UPDATE ladder_versions SET ends_at = now() - interval '1 hour'",
        f"{LADDER}; UPDATE ladder_campaigns SET stopped_at = now() - interval '1 hour'",
        f"{PER_INVITEE}; UPDATE referral_invites SET status = 'void'",
        f"{PER_INVITEE}; UPDATE ladder_rungs SET threshold = 2",
        f"{INVITEE}; UPDATE referral_invites SET status = 'waiting'",
    ],
    "I9h": [
        f"{LADDER}; UPDATE ladder_rungs SET side = 'per_invitee'",
        f"{PER_INVITEE}; UPDATE ladder_rungs SET side = 'inviter'",
        f"{PER_INVITEE}; UPDATE ladder_grants SET user_id = 802",
        f"{INVITEE}; UPDATE ladder_grants SET user_id = 802",
    ],
    "I57a": [f"{SCREENED}; UPDATE referral_screenings SET status = 'waiting'"],
    "I57b": [
        f"{SCREENED}; UPDATE referral_invites SET status = 'waiting', qualified_at = NULL",
    ],
    "I69": [
        f"{LEADERBOARD}; DELETE FROM board_facts",
        f"{LEADERBOARD}; UPDATE board_facts SET amount = 0",
        f"{LEADERBOARD}; UPDATE board_facts SET member_id = 802",
        f"{LEADERBOARD}; UPDATE board_facts SET at = at + interval '1 second'",
        f"{LEADERBOARD}; UPDATE referral_invites SET status = 'waiting', qualified_at = NULL",
    ],
}
