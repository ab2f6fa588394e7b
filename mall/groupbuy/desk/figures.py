"""How an activity goes, in figures: a few statements over all its teams, amounts in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.errors import GroupActivityNotFound

# A team counts as opened once its leader has paid: its expiry was set then.
_TEAMS = text(
    """
    SELECT count(*) FILTER (WHERE t.expires_at IS NOT NULL) AS opened,
        count(*) FILTER (WHERE t.formed_at IS NOT NULL) AS formed,
        count(*) FILTER (WHERE t.status = 'settled') AS settled,
        count(*) FILTER (WHERE t.status = 'failed' AND t.expires_at IS NOT NULL) AS failed,
        count(*) FILTER (WHERE t.status IN ('forming', 'formed')) AS running,
        coalesce(sum(t.filled), 0) AS seats_filled,
        count(*) FILTER (WHERE t.filled > 0) AS teams_filled,
        CAST(avg(greatest(0, extract(epoch FROM
            t.formed_at - t.expires_at + make_interval(mins => a.team_open_min)))) AS bigint)
            AS form_s
    FROM groupbuy_teams t JOIN groupbuy_activities a ON a.id = t.activity_id
    WHERE t.activity_id = :activity_id
    """
)
_SIZES = text(
    """
    SELECT tier_size, count(*) AS teams, sum(paid) AS members, sum(filled) AS seats_filled
    FROM groupbuy_teams WHERE activity_id = :activity_id AND status = 'settled'
    GROUP BY tier_size ORDER BY tier_size
    """
)
_MEMBERS = text(
    """
    SELECT count(*) AS members, count(DISTINCT m.user_id) AS shoppers,
        count(DISTINCT m.user_id) FILTER (WHERE m.is_new) AS new_shoppers,
        count(*) FILTER (WHERE m.seat AND t.status IN ('formed', 'settled')) AS members_formed,
        coalesce(sum(m.difference_fen), 0) AS difference_fen
    FROM groupbuy_teams t JOIN groupbuy_members m ON m.team_id = t.id
    WHERE t.activity_id = :activity_id AND m.paid_at IS NOT NULL
    """
)
# Units that came back are no cost; money counts as given back once it is on its way.
_MONEY = text(
    """
    WITH sold AS (
        SELECT t.status IN ('formed', 'settled') AS stands, l.price_fen, l.cost_fen,
            l.payable_fen - l.refunded_fen - l.rebated_fen AS left_fen, l.payable_fen,
            l.refunded_fen, l.quantity - l.refunded_quantity AS kept,
            l.quantity - l.restocked_quantity - l.returned_quantity AS gone
        FROM groupbuy_teams t JOIN groupbuy_members m ON m.team_id = t.id
        JOIN order_lines l ON l.order_id = m.order_id
        WHERE t.activity_id = :activity_id AND m.paid_at IS NOT NULL
    )
    SELECT coalesce(sum(payable_fen), 0) AS goods_fen,
        coalesce(sum(refunded_fen), 0) AS refunded_fen,
        coalesce(sum(left_fen) FILTER (WHERE stands), 0) AS revenue_fen,
        coalesce(sum(kept) FILTER (WHERE stands), 0) AS units,
        coalesce(sum(price_fen * kept - left_fen) FILTER (WHERE stands AND kept > 0), 0)
            AS given_fen,
        coalesce(sum(cost_fen * gone) FILTER (WHERE stands), 0) AS cost_fen,
        coalesce(sum(gone) FILTER (WHERE stands AND cost_fen IS NULL), 0) AS units_without_cost
    FROM sold
    """
)
_VISITS = text(
    """
    SELECT count(*) AS visits, count(*) FILTER (WHERE EXISTS (
            SELECT FROM groupbuy_members m
            WHERE m.team_id = v.team_id AND m.user_id = v.user_id AND m.paid_at IS NOT NULL
        )) AS visits_joined
    FROM groupbuy_teams t JOIN groupbuy_visits v ON v.team_id = t.id AND v.user_id <> t.leader_id
    WHERE t.activity_id = :activity_id
    """
)


@dataclass(frozen=True, slots=True)
class ActivityFigures:
    """The figures of an activity. `sizes` are the settled teams by the tier that they reached."""

    activity_id: int
    counts: dict[str, int | None]
    sizes: Sequence[Row[Any]]


def of_activity(session: Session, activity_id: int) -> ActivityFigures:
    """The figures as they are now. Raises GroupActivityNotFound."""
    if session.get(GroupActivity, activity_id) is None:
        raise GroupActivityNotFound
    values = {"activity_id": activity_id}
    counts: dict[str, int | None] = {}
    for statement in (_TEAMS, _MEMBERS, _MONEY, _VISITS):
        row = session.execute(statement, values).mappings().one()
        counts |= {name: None if one is None else int(one) for name, one in row.items()}
    formed, failed = counts["formed"] or 0, counts["failed"] or 0
    revenue_fen, cost_fen = counts["revenue_fen"] or 0, counts["cost_fen"] or 0
    counts |= {
        "formed_bp": _share_bp(formed, formed + failed),
        "joined_bp": _share_bp(counts["visits_joined"] or 0, counts["visits"] or 0),
        "margin_fen": revenue_fen - cost_fen,
    }
    return ActivityFigures(activity_id, counts, session.execute(_SIZES, values).all())


def _share_bp(part: int, whole: int) -> int | None:
    """In ten-thousandths; None of nothing."""
    return round(10_000 * part / whole) if whole else None
