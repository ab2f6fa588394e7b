"""Ways to break what must hold of team races."""

from __future__ import annotations

# A frozen race: team 1 of two members, of which the first checked in, and a prize for each of them.
RACED = (
    "INSERT INTO boards (id, kind, ref, starts_at, ends_at, closes_at, status, closed_at, size,"
    " awarded_at) OVERRIDING SYSTEM VALUE VALUES (1, 'race', '1', now() - interval '2 days',"
    " now() - interval '1 hour', now(), 'closed', now(), 1, now());"
    "INSERT INTO races (id, name, terms, published_at, board_id, starts_at, ends_at, joins_until,"
    " team_size) OVERRIDING SYSTEM VALUE SELECT 1, 'x', '{}', now(), 1, starts_at, ends_at,"
    " ends_at, 2 FROM boards;"
    "INSERT INTO users (id, appid, openid) OVERRIDING SYSTEM VALUE VALUES (801, 'x', 'a'),"
    " (802, 'x', 'b');"
    "INSERT INTO race_teams (id, race_id, name, code, size, members, captain_id, matchable)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 1, 'x', 'x', 2, 2, 801, true);"
    "INSERT INTO race_members (race_id, team_id, user_id, way, joined_at)"
    " SELECT 1, 1, u, 'joined', now() - interval '1 day' FROM generate_series(801, 802) u;"
    "INSERT INTO check_ins (user_id, day, streak) VALUES (801, current_date, 1);"
    "INSERT INTO check_in_states VALUES (801, current_date, 1, 1, 1);"
    "INSERT INTO race_entries (race_id, team_id, user_id, kind, source, points, at)"
    " SELECT 1, 1, 801, 'check_in', concat_ws(chr(58), 'check_in', 801, current_date), 5,"
    " now() - interval '2 hours';"
    "INSERT INTO board_scores (board_id, member_id, score, reached_at)"
    " SELECT 1, 1, 5, at FROM race_entries;"
    "INSERT INTO board_facts (key, board_id, member_id, amount, at)"
    " SELECT source, 1, 1, 5, at FROM race_entries;"
    "INSERT INTO board_results SELECT 1, 1, 1, 5, at FROM race_entries;"
    "INSERT INTO board_prizes VALUES (1, 1, 1, 1, '[]');"
    "INSERT INTO board_awards (board_id, rank, user_id, refusal)"
    " SELECT 1, 1, user_id, 'x' FROM race_members"
)
OPEN = f"{RACED}; UPDATE boards SET status = 'open', awarded_at = NULL; DELETE FROM board_awards"
SOUND = (RACED, OPEN)
BREAKS: dict[str, list[str]] = {
    "I80a": [
        f"{RACED}; UPDATE race_teams SET members = 1",
        f"{RACED}; UPDATE race_teams SET members = 3; INSERT INTO race_members (race_id, team_id,"
        " user_id, way) VALUES (1, 1, 803, 'joined')",
        f"{RACED}; UPDATE race_teams SET size = 3",
        f"{RACED}; UPDATE race_teams SET captain_id = 803",
        f"{RACED}; UPDATE race_members SET race_id = 2",
        f"{OPEN}; UPDATE race_members SET left_at = now() WHERE user_id = 801",
    ],
    "I80b": [
        f"{RACED}; INSERT INTO race_members (race_id, team_id, user_id, way, left_at)"
        " VALUES (1, 2, 801, 'joined', now())",
    ],
    "I80c": [
        f"{RACED}; UPDATE race_entries SET points = 6",
        f"{RACED}; UPDATE board_facts SET amount = 6",
        f"{RACED}; UPDATE board_facts SET at = now()",
        f"{RACED}; DELETE FROM board_facts",
        f"{RACED}; DELETE FROM race_entries",
    ],
    "I80d": [
        f"{RACED}; UPDATE race_entries SET at = now()",
        f"{RACED}; UPDATE races SET ended_at = now() - interval '1 day'",
        f"{RACED}; UPDATE race_members SET joined_at = now()",
        f"{RACED}; UPDATE race_members SET left_at = now() - interval '3 hours'",
        f"{RACED}; UPDATE race_entries SET user_id = 803",
        f"{OPEN}; DELETE FROM check_ins",
        f"{OPEN}; UPDATE race_entries SET kind = 'mission', source = concat('mission', chr(58), 9)",
        f"{OPEN}; UPDATE race_entries SET kind = 'purchase', source = concat('order', chr(58), 9)",
    ],
    "I80e": [
        f"{RACED}; UPDATE board_results SET score = 6",
        f"{RACED}; DELETE FROM race_entries",
        f"{RACED}; UPDATE board_awards SET user_id = 803 WHERE user_id = 801",
        f"{RACED}; UPDATE race_members SET left_at = now() WHERE user_id = 802",
        f"{RACED}; DELETE FROM board_awards WHERE user_id = 802",
    ],
}
