"""Ways to break what must hold of lotteries, their chances and their draws."""

from __future__ import annotations

# The first shopper drew twice: a counted prize, of which four are left, and a thank-you.
DRAWN = (
    "INSERT INTO lotteries (id, name, version, digest, commitment, secret, starts_at, ends_at,"
    " published_at, ended_at, drawn, left_counts, spent_fen, budget_fen, tickets)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 'x', 1, 'x', encode(sha256(decode('abcd', 'hex')), 'hex'),"
    " 'abcd', now(), now(), now(), now(), 2, '[4, 0]', 10, 100, 50);"
    "INSERT INTO lottery_versions (lottery_id, version, from_draw, canonical, digest, costs_fen)"
    " SELECT 1, 1, 1, CAST(jsonb_build_object('prizes', jsonb_build_array("
    " jsonb_build_object('kind', 'reward', 'count', 5), jsonb_build_object('kind', 'thanks')))"
    " AS text), 'x', '[10, 0]';"
    "UPDATE lottery_versions SET digest = encode(sha256(convert_to(canonical, 'UTF8')), 'hex');"
    "UPDATE lotteries SET digest = v.digest FROM lottery_versions v;"
    "INSERT INTO lottery_shoppers (lottery_id, user_id, alias, drawn, dry, day, day_drawn)"
    " SELECT 1, min(id), 'x', 2, 1, current_date, 2 FROM users;"
    "INSERT INTO lottery_draws (lottery_id, number, version, user_id, nonce, random, prize,"
    " guaranteed, left_counts, cost_fen) SELECT 1, n, 1, user_id, 'x', 'x', n - 1, false, '[4, 0]',"
    " 20 - 10 * n FROM lottery_shoppers, generate_series(1, 2) n;"
    "INSERT INTO reward_grants (rule_id, event, user_id, day)"
    " SELECT 1, 'lottery' || chr(58) || '1' || chr(58) || '1', user_id, current_date"
    " FROM lottery_shoppers;"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT id, 0, 'growth', '', 1, '1' FROM reward_grants;"
    "INSERT INTO lottery_wins (lottery_id, number, user_id, grant_id)"
    " SELECT 1, 1, user_id, id FROM reward_grants;"
    "INSERT INTO lottery_chances (lottery_id, user_id, given) SELECT 1, user_id, 1"
    " FROM lottery_shoppers;"
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, given)"
    " SELECT 1, user_id, 'grant', 'x', 3 FROM lottery_shoppers;"
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, given)"
    " SELECT 1, user_id, 'draw', '1' || chr(58) || n, -1"
    " FROM lottery_shoppers, generate_series(1, 2) n"
)
BOUGHT = (
    f"{DRAWN};"
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, bought, points)"
    " SELECT 1, user_id, 'buy', 'b', 2, 20 FROM lottery_shoppers;"
    "INSERT INTO lottery_chance_entries (lottery_id, user_id, kind, source, bought, points)"
    " SELECT 1, user_id, 'return', 'b', -1, 10 FROM lottery_shoppers;"
    "UPDATE lottery_chances SET bought = 1;"
    "INSERT INTO points_holds (user_id, source, points, status, returned)"
    " SELECT user_id, 'lottery' || chr(58) || 'b', 20, 'settled', 10 FROM lottery_shoppers"
)
SOUND = (DRAWN,)
BREAKS: dict[str, list[str]] = {
    "I19a": [
        f"{DRAWN}; UPDATE lottery_chances SET given = 2",
        f"{BOUGHT}; UPDATE lottery_chances SET bought = 2",
        f"{DRAWN}; UPDATE lottery_chances SET given = -1;"
        " UPDATE lottery_chance_entries SET given = 1 WHERE kind = 'grant'",
    ],
    "I19b": [
        f"{DRAWN}; DELETE FROM lottery_chance_entries WHERE kind = 'draw'",
        f"{DRAWN}; UPDATE lottery_chance_entries SET given = -2 WHERE kind = 'draw'",
        f"{DRAWN}; DELETE FROM lottery_draws WHERE number = 2",
    ],
    "I19c": [
        f"{DRAWN}; UPDATE lotteries SET drawn = 3",
        f"{DRAWN}; UPDATE lotteries SET spent_fen = 20",
        f"{DRAWN}; UPDATE lotteries SET budget_fen = 9",
        f"{DRAWN}; UPDATE lotteries SET tickets = 1",
        f"{DRAWN}; DELETE FROM lottery_draws WHERE number = 1",
    ],
    "I19d": [
        f"{DRAWN}; UPDATE lottery_draws SET left_counts = '[3, 0]' WHERE number = 2",
        f"{DRAWN}; UPDATE lottery_draws SET prize = 0 WHERE number = 2",
        f"{DRAWN}; UPDATE lotteries SET left_counts = '[5, 0]'",
    ],
    "I19e": [
        f"{DRAWN}; DELETE FROM lottery_wins",
        f"{DRAWN}; UPDATE lottery_wins SET number = 2",
        f"{DRAWN}; UPDATE reward_grants SET event = 'x'",
        f"{DRAWN}; UPDATE reward_grants SET user_id = user_id + 1",
    ],
    "I19f": [
        f"{DRAWN}; UPDATE lottery_versions SET canonical = '{{}}'",
        f"{DRAWN}; UPDATE lotteries SET digest = 'x'",
        f"{DRAWN}; UPDATE lotteries SET secret = 'abce'",
    ],
    "I19g": [
        f"{BOUGHT}; UPDATE points_holds SET points = 30",
        f"{BOUGHT}; UPDATE points_holds SET returned = 0",
        f"{BOUGHT}; DELETE FROM points_holds",
        f"{BOUGHT}; DELETE FROM lottery_chance_entries WHERE kind = 'return'",
    ],
    "I19h": [f"{DRAWN}; UPDATE lottery_shoppers SET drawn = 1"],
}
