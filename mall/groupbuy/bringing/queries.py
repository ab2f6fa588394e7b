"""What a leader brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

PROMISED, GIVEN, GONE, NOTHING = "promised", "given", "gone", "nothing"
STATES = (PROMISED, GIVEN, GONE, NOTHING)
"""Waits until the order can't come back; given; the order came back; the reward was refused."""
_STATES = {"pending": PROMISED, "granted": GIVEN, "canceled": GONE, "reversed": GONE}
_BROUGHT = text(
    """
    SELECT b.order_id AS id, b.created_at, t.code AS team_code, p.name AS goods, g.status,
        coalesce((
            SELECT jsonb_agg(jsonb_build_object('kind', r.kind, 'what', r.what,
                'count', r.count - r.taken_back - r.debt) ORDER BY r.position)
            FROM reward_parts r
            WHERE r.grant_id = g.id AND g.status IN ('pending', 'granted')
              AND r.count > r.taken_back + r.debt
        ), '[]') AS reward
    FROM groupbuy_brought b JOIN groupbuy_teams t ON t.id = b.team_id
    JOIN groupbuy_activities a ON a.id = t.activity_id JOIN spus p ON p.id = a.spu_id
    LEFT JOIN reward_grants g ON g.id = b.grant_id
    WHERE b.leader_id = :user_id
      AND (CAST(:before AS bigint) IS NULL OR b.order_id < CAST(:before AS bigint))
    ORDER BY b.order_id DESC LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class Brought:
    """A new customer who counts for a leader, unnamed, and what the leader gets for it."""

    id: int
    team_code: str
    goods: str
    state: str
    reward: Sequence[dict[str, Any]]
    created_at: datetime


def brought_by(session: Session, user_id: int, *, before: int | None, limit: int) -> list[Brought]:
    """The new customers whom a leader brought, newest first; one more than `limit`, for paging."""
    values = {"user_id": user_id, "before": before, "most": limit + 1}
    return [
        Brought(
            row.id,
            row.team_code,
            row.goods,
            _STATES.get(row.status, NOTHING),
            row.reward,
            row.created_at,
        )
        for row in session.execute(_BROUGHT, values)
    ]
