"""Ways to break what must hold of pets, their feed and the rewards of their stages."""

from __future__ import annotations

# The first shopper's pet was fed three portions of a lot of six, of which one was taken back before
# and one is out of history; the second shopper watered it. It is in the stage that was rewarded.
FED = (
    "INSERT INTO pet_seasons (id, name, version, starts_at, ends_at, published_at, places, adopted)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 'x', 1, now(), now() + interval '1 day', now(), 1, 1);"
    "INSERT INTO pet_season_versions (season_id, version, rules, costs_fen) SELECT 1, 1,"
    " jsonb_build_object('daily_portions', 5, 'friend_waterings', 2, 'stages', jsonb_build_array("
    " jsonb_build_object('name', 'a'), jsonb_build_object('name', 'b', 'rule_id', 1),"
    " jsonb_build_object('name', 'c', 'rule_id', 1))), '[0, 5, 5]';"
    "INSERT INTO pet_feeds (season_id, user_id, left_portions)"
    " SELECT 1, min(id), 2 FROM users;"
    "INSERT INTO pet_lots (id, season_id, user_id, portions, used, taken, reversed)"
    " OVERRIDING SYSTEM VALUE SELECT 1, 1, user_id, 6, 3, 1, 1 FROM pet_feeds;"
    "INSERT INTO pets (id, season_id, user_id, name, adopted_on, version, as_of, growth, reached,"
    " stage, changed_at) OVERRIDING SYSTEM VALUE SELECT 1, 1, user_id, 'x', current_date, 1,"
    " current_date, 20, 1, 1, now() - interval '1 hour' FROM pet_feeds;"
    "INSERT INTO pet_entries (pet_id, user_id, kind, source, day, portions, lot_id)"
    " SELECT 1, user_id, kind, 'x', current_date, portions, 1 FROM pets,"
    " (VALUES ('feed', 3), ('reversal', 1)) AS e(kind, portions);"
    "INSERT INTO pet_entries (pet_id, user_id, kind, source, day)"
    " SELECT 1, max(id), 'friend', 'y', current_date FROM users;"
    "INSERT INTO reward_grants (rule_id, event, ground, user_id, day)"
    " SELECT 1, 'pet' || chr(58) || '1' || chr(58) || '1', 'pet' || chr(58) || '1' || chr(58) ||"
    " '1', user_id, current_date FROM pets;"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT id, 0, 'growth', '', 1, '1' FROM reward_grants;"
    "INSERT INTO pet_stages (pet_id, stage, grant_id, attempts)"
    " SELECT 1, 1, id, 1 FROM reward_grants"
)
SOUND = (FED,)
BREAKS: dict[str, list[str]] = {
    "I81a": [
        f"{FED}; UPDATE pet_feeds SET left_portions = 3",
        f"{FED}; UPDATE pet_feeds SET left_portions = -1; UPDATE pet_lots SET used = 6",
    ],
    "I81b": [
        f"{FED}; UPDATE pet_lots SET used = 4",
        f"{FED}; UPDATE pet_lots SET reversed = 0",
        f"{FED}; UPDATE pet_lots SET taken = 4",
        f"{FED}; DELETE FROM pet_entries WHERE kind = 'feed'",
        f"{FED}; UPDATE pet_lots SET reversed = 4;"
        " UPDATE pet_entries SET portions = 4 WHERE kind = 'reversal'",
    ],
    "I81c": [
        f"{FED}; UPDATE pet_entries SET portions = 6 WHERE kind = 'feed'",
        f"{FED}; INSERT INTO pet_entries (pet_id, user_id, kind, source, day)"
        " SELECT 1, user_id, 'friend', 'z', current_date FROM pet_entries WHERE kind = 'friend'",
        f"{FED}; INSERT INTO pet_entries (pet_id, user_id, kind, source, day)"
        " SELECT 1, id, 'friend', 'z' || id, current_date FROM users",
        f"{FED}; INSERT INTO pet_entries (pet_id, user_id, kind, source, day)"
        " SELECT 1, user_id, 'water', 'z' || n, current_date FROM pets, generate_series(1, 2) n",
    ],
    "I81d": [
        f"{FED}; UPDATE pet_entries SET user_id = p.user_id FROM pets p",
        f"{FED}; UPDATE pet_entries e SET user_id = f.user_id FROM pet_entries f"
        " WHERE f.kind = 'friend'",
        f"{FED}; UPDATE pet_lots SET season_id = 2",
        f"{FED}; UPDATE pet_seasons SET adopted = 2",
        f"{FED}; DELETE FROM pets",
    ],
    "I81f": [
        f"{FED}; UPDATE reward_grants SET user_id = user_id + 1",
        f"{FED}; UPDATE reward_grants SET ground = 'x'",
        f"{FED}; INSERT INTO reward_grants (rule_id, event, ground, user_id, day)"
        " SELECT 1, 'x', ground, user_id, day FROM reward_grants",
    ],
    "I81g": [
        f"{FED}; UPDATE pets SET reached = 0",
        f"{FED}; UPDATE pets SET reached = 2",
        f"{FED}; DELETE FROM pet_stages",
    ],
}
