"""Ties: who of a leader's acquaintance has been active with them, and when.

The one statement of what a tie is, for one leader at the page and for thousands in the advice's
history. A tie is seen in what both did here: someone paid for a seat in a team that the leader
led, opened a share of the leader's, came to the shop by one, or sat with the leader in two small
teams of somebody else. Nothing of it is stored.
"""

from __future__ import annotations

CIRCLE_DAYS = 180
"""A tie counts for so many days after what showed it."""
SMALL_TEAM = 10
"""In a team of more, members needn't know each other."""


def ties_of(leaders: str) -> str:
    """A query of ties (leader_id, other_id, kind, at) of the leaders that `leaders` names, a
    relation with the column `leader_id`. Binds `ties_since`."""
    return f"""
    SELECT l.leader_id, m.user_id AS other_id, 'joined' AS kind, m.paid_at AS at
    FROM {leaders} l JOIN groupbuy_teams t ON t.leader_id = l.leader_id
    JOIN groupbuy_members m ON m.team_id = t.id
    WHERE m.user_id <> l.leader_id AND m.paid_at >= :ties_since
    UNION ALL
    SELECT l.leader_id, o.opener_id, 'opened', o.created_at
    FROM {leaders} l JOIN share_opens o ON o.sharer_id = l.leader_id
    WHERE o.opener_id IS NOT NULL AND o.created_at >= :ties_since
    UNION ALL
    SELECT l.leader_id, s.opener_id, 'brought', s.created_at
    FROM {leaders} l JOIN share_shoppers s ON s.sharer_id = l.leader_id
    WHERE s.opener_id IS NOT NULL AND s.left_at IS NULL AND s.created_at >= :ties_since
    UNION ALL
    SELECT leader_id, other_id, 'met', at FROM (
        SELECT l.leader_id, o.user_id AS other_id, greatest(m.paid_at, o.paid_at) AS at,
            row_number() OVER (
                PARTITION BY l.leader_id, o.user_id ORDER BY greatest(m.paid_at, o.paid_at)
            ) AS times
        FROM {leaders} l JOIN groupbuy_members m ON m.user_id = l.leader_id
        JOIN groupbuy_teams t ON t.id = m.team_id
        JOIN groupbuy_members o ON o.team_id = t.id AND o.user_id <> l.leader_id
        WHERE t.leader_id <> l.leader_id AND t.paid <= {SMALL_TEAM}
          AND m.paid_at >= :ties_since AND o.paid_at >= :ties_since
    ) met WHERE times >= 2
    """  # noqa: S608 - the name of a relation of ours
