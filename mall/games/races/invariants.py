"""I80: teams have their seats, shoppers one team, scores their entries, prizes their ranks."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

# Teams of late: made or joined.
_LATELY = """
    SELECT id FROM race_teams WHERE created_at >= :since
    UNION SELECT team_id FROM race_members WHERE joined_at >= :since
"""

INVARIANTS = (
    Invariant(
        "I80a",
        "a team counts its members and has at most as many as its race says; the captain is one of"
        " them",
        f"""
        SELECT t.id AS team_id, t.members, c.members AS recount, t.size, t.captain_id
        FROM ({_LATELY}) lately
        CROSS JOIN LATERAL (SELECT * FROM race_teams WHERE id = lately.id LIMIT 1) t
        JOIN races r ON r.id = t.race_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS members, coalesce(bool_or(m.user_id = t.captain_id), true) AS led,
                   coalesce(bool_and(m.race_id = t.race_id), true) AS of_race
            FROM race_members m WHERE m.team_id = t.id AND m.left_at IS NULL
        ) c
        WHERE t.members <> c.members OR t.members > t.size OR t.size <> r.team_size
           OR NOT c.led OR NOT c.of_race
        """,  # noqa: S608
    ),
    Invariant(
        "I80b",
        "a shopper is in one team of a race at a time",
        """
        SELECT m.race_id, m.user_id, m.id AS member_id, o.other_id
        FROM race_members m
        CROSS JOIN LATERAL (
            SELECT min(o.id) AS other_id FROM race_members o
            WHERE o.user_id = m.user_id AND o.race_id = m.race_id AND o.id <> m.id
              AND o.joined_at < coalesce(m.left_at, 'infinity')
              AND m.joined_at < coalesce(o.left_at, 'infinity')
        ) o
        WHERE m.joined_at >= :since AND o.other_id IS NOT NULL
        """,
    ),
    Invariant(
        "I80c",
        "what an entry scores, the board counts for its team; the board counts nothing else",
        """
        SELECT e.race_id, e.source, e.team_id, e.points, f.amount
        FROM race_entries e JOIN races r ON r.id = e.race_id
        CROSS JOIN LATERAL (
            SELECT max(amount) AS amount, max(member_id) AS member_id, max(at) AS at
            FROM board_facts WHERE key = e.source AND board_id = r.board_id
        ) f
        WHERE e.created_at >= :since
          AND (f.amount, f.member_id, f.at) IS DISTINCT FROM (e.points, e.team_id, e.at)
        UNION ALL
        SELECT r.id, f.key, f.member_id, NULL, f.amount
        FROM board_scores s JOIN races r ON r.board_id = s.board_id
        CROSS JOIN LATERAL (
            SELECT * FROM board_facts
            WHERE board_id = s.board_id AND member_id = s.member_id OFFSET 0
        ) f
        WHERE s.changed_at >= :since AND f.amount <> 0 AND 0 = (
            SELECT count(*) FROM race_entries e WHERE e.source = f.key AND e.race_id = r.id
        )
        """,
    ),
    Invariant(
        "I80d",
        "an entry that counts lies in its race's time, while its shopper was in the team, and has"
        " its source",
        """
        SELECT e.race_id, e.source, e.user_id, e.team_id, e.at
        FROM race_entries e JOIN races r ON r.id = e.race_id
        JOIN boards b ON b.id = r.board_id LEFT JOIN users u ON u.id = e.user_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS times FROM race_members m
            WHERE m.user_id = e.user_id AND m.team_id = e.team_id AND m.joined_at <= e.at
              AND (m.left_at IS NULL OR m.left_at > e.at)
        ) m
        CROSS JOIN LATERAL (
            SELECT CASE e.kind
                WHEN 'check_in' THEN (
                    SELECT count(*) FROM check_ins c WHERE c.user_id = e.user_id
                      AND e.source = 'check_in:' || c.user_id || ':' || c.day)
                WHEN 'mission' THEN (
                    SELECT count(*) FROM mission_progress p WHERE p.user_id = e.user_id
                      AND p.id = CAST(split_part(e.source, ':', 2) AS bigint))
                ELSE (
                    SELECT count(*) FROM orders o WHERE o.user_id = e.user_id
                      AND o.order_no = split_part(e.source, ':', 2))
                END AS found
        ) s
        WHERE e.created_at >= :since AND e.points > 0
          AND (m.times <> 1 OR e.at < r.starts_at OR e.at >= least(r.ends_at, r.ended_at)
               OR s.found <> 1 AND b.status = 'open' AND u.closed_at IS NULL)
        """,
    ),
    Invariant(
        "I80e",
        "a frozen rank has the score of its team's entries; its prize goes to the members of the"
        " team and to nobody else",
        """
        SELECT r.id AS race_id, f.rank, f.member_id AS team_id, f.score, s.points, NULL AS user_id
        FROM boards b JOIN races r ON r.board_id = b.id JOIN board_results f ON f.board_id = b.id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(points), 0) AS points FROM race_entries
            WHERE team_id = f.member_id
        ) s
        WHERE b.closed_at >= :since AND f.score <> s.points
        UNION ALL
        SELECT r.id, a.rank, f.member_id, f.score, NULL, a.user_id
        FROM board_awards a JOIN races r ON r.board_id = a.board_id
        JOIN board_results f ON f.board_id = a.board_id AND f.rank = a.rank
        WHERE a.created_at >= :since AND 1 <> (
            SELECT count(*) FROM race_members m
            WHERE m.team_id = f.member_id AND m.user_id = a.user_id AND m.left_at IS NULL
        )
        UNION ALL
        SELECT r.id, f.rank, f.member_id, f.score, NULL, m.user_id
        FROM boards b JOIN races r ON r.board_id = b.id
        JOIN board_prizes p ON p.board_id = b.id
        JOIN board_results f
            ON f.board_id = b.id AND f.rank BETWEEN p.first_rank AND p.last_rank
        CROSS JOIN LATERAL (
            SELECT user_id FROM race_members
            WHERE team_id = f.member_id AND left_at IS NULL OFFSET 0
        ) m
        WHERE b.awarded_at >= :since AND 1 <> (
            SELECT count(*) FROM board_awards a
            WHERE a.board_id = b.id AND a.rank = f.rank AND a.user_id = m.user_id
        )
        """,
    ),
)
