"""The past that the advice rests on: one statement, over teams of a bounded time that are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.advice.model.history import (
    MAX_CIRCLE,
    MAX_LIFE_H,
    MAX_MISSING,
    History,
    PastTeam,
    VisitCell,
)
from mall.groupbuy.circles.ties import CIRCLE_DAYS, ties_of

WINDOW_DAYS = 180
"""Teams that were opened in so many days count."""
MOST_TEAMS = 20_000
"""The newest teams that are read, of however many."""
_STEP_BP = 100
_ZONE = "Asia/Shanghai"

# The first who paid opened the team, also where it was handed over later. A visit counts until
# the team was over or full; who joined without a visit is one who looked. The price that a
# visitor met is that of the tier which one member more would reach.
_GATHER = text(
    f"""
    WITH team AS MATERIALIZED (
        SELECT t.id, a.spu_id, t.min_size, t.max_size, t.sizes, s.sizes AS set_sizes,
            s.prices -> m.sku_id::text AS prices, l.price_fen, m.user_id AS leader_id,
            m.paid_at AS opened_at, least(t.closed_at, t.expires_at) AS ended_at,
            extract(hour FROM m.paid_at AT TIME ZONE '{_ZONE}')::int AS opened_hour
        FROM groupbuy_teams t JOIN groupbuy_tier_sets s ON s.id = t.tier_set_id
        JOIN groupbuy_activities a ON a.id = t.activity_id
        CROSS JOIN LATERAL (
            SELECT f.user_id, f.sku_id, f.order_id, f.paid_at FROM groupbuy_members f
            WHERE f.team_id = t.id ORDER BY f.id LIMIT 1
        ) m
        JOIN order_lines l ON l.order_id = m.order_id AND l.position = 1
        WHERE t.status IN ('settled', 'failed') AND t.created_at >= :since
          AND m.paid_at IS NOT NULL AND l.price_fen > 0
          AND (CAST(:spu_id AS bigint) IS NULL OR a.spu_id = :spu_id)
        ORDER BY t.id DESC LIMIT {MOST_TEAMS}
    ),
    leaders AS MATERIALIZED (SELECT DISTINCT leader_id FROM team),
    ties AS MATERIALIZED ({ties_of("leaders")}),
    tied AS MATERIALIZED (
        SELECT DISTINCT t.id AS team_id, x.other_id FROM team t
        JOIN ties x ON x.leader_id = t.leader_id AND x.at < t.opened_at
            AND x.at >= t.opened_at - make_interval(days => {CIRCLE_DAYS})
    ),
    came AS MATERIALIZED (
        SELECT t.id AS team_id, m.user_id, m.units, m.seat, m.paid_at, m.left_at, m.created_at
        FROM team t JOIN groupbuy_members m ON m.team_id = t.id
        WHERE m.paid_at IS NOT NULL
    ),
    paid AS (SELECT * FROM came WHERE seat),
    looked AS (
        SELECT coalesce(v.team_id, m.team_id) AS team_id, coalesce(v.user_id, m.user_id) AS user_id,
            least(v.created_at, m.created_at) AS at, m.team_id IS NOT NULL AS joined
        FROM (SELECT v.* FROM team t JOIN groupbuy_visits v ON v.team_id = t.id) v
        FULL JOIN paid m ON m.team_id = v.team_id AND m.user_id = v.user_id
    ),
    steps AS (
        SELECT team_id, user_id, at, joined, 0 AS change FROM looked
        UNION ALL SELECT team_id, user_id, paid_at, false, 1 FROM came
        UNION ALL SELECT team_id, user_id, left_at, false, -1 FROM came WHERE left_at IS NOT NULL
    ),
    counted AS (
        SELECT *, sum(change) OVER (
            PARTITION BY team_id ORDER BY at, change ROWS UNBOUNDED PRECEDING
        ) AS members FROM steps
    ),
    visits AS MATERIALIZED (
        SELECT t.id AS team_id, c.joined, x.other_id IS NOT NULL AS tied,
            least(greatest(t.min_size - c.members, 0), {MAX_MISSING}) AS missing,
            round((1 - (t.prices ->> (array_position(t.set_sizes, coalesce(
                (SELECT max(size) FROM unnest(t.sizes) size WHERE size <= c.members + 1),
                t.sizes[1])) - 1))::numeric / t.price_fen) * 10000 / {_STEP_BP}) * {_STEP_BP}
                AS reduction_bp,
            floor(extract(epoch FROM c.at - t.opened_at) / 3600)::int AS age_h,
            extract(hour FROM c.at AT TIME ZONE '{_ZONE}')::int AS hour
        FROM team t JOIN counted c ON c.team_id = t.id AND c.change = 0
        LEFT JOIN tied x ON x.team_id = t.id AND x.other_id = c.user_id
        WHERE c.user_id <> t.leader_id AND c.at >= t.opened_at
          AND (c.joined OR (c.at < t.ended_at AND c.members < t.max_size))
    )
    SELECT
        (SELECT coalesce(jsonb_agg(jsonb_build_array(
            least(coalesce(x.size, 0), {MAX_CIRCLE}), t.opened_hour,
            least(greatest(ceil(extract(epoch FROM t.ended_at - t.opened_at) / 3600), 1),
                {MAX_LIFE_H})::int,
            coalesce(v.tied, 0), coalesce(v.untied, 0), coalesce(m.members, 0)
         )), '[]') FROM team t
         LEFT JOIN (SELECT team_id, count(*) AS size FROM tied GROUP BY 1) x ON x.team_id = t.id
         LEFT JOIN (
            SELECT team_id, count(*) FILTER (WHERE tied) AS tied,
                count(*) FILTER (WHERE NOT tied) AS untied
            FROM visits WHERE age_h < {MAX_LIFE_H} GROUP BY 1
         ) v ON v.team_id = t.id
         LEFT JOIN (SELECT team_id, count(*) AS members FROM paid GROUP BY 1) m
            ON m.team_id = t.id) AS teams,
        (SELECT coalesce(jsonb_agg(to_jsonb(c)), '[]') FROM (
            SELECT reduction_bp::int, missing::int, tied, count(*) AS visits,
                count(*) FILTER (WHERE joined) AS joins
            FROM visits GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
         ) c) AS cells,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(age_h, hour, visits)), '[]') FROM (
            SELECT age_h, hour, count(*) AS visits FROM visits
            WHERE age_h < {MAX_LIFE_H} GROUP BY 1, 2 ORDER BY 1, 2
         ) a) AS arrivals,
        (SELECT count(*) FROM leaders) AS leaders,
        (SELECT count(DISTINCT spu_id) FROM team) AS products,
        (SELECT count(*) FROM paid) AS members, (SELECT coalesce(sum(units), 0) FROM paid) AS units,
        (SELECT min(opened_at) FROM team) AS first_at, (SELECT max(opened_at) FROM team) AS last_at,
        (SELECT count(*) FROM team) >= {MOST_TEAMS} AS cut
    """  # noqa: S608 - numbers and queries of our own
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A past, and what it is of: teams opened from `since` to `until`, of one product or of the
    whole shop (`spu_id` None), of so many `products`. `cut`: older teams were left out, as there
    are so many."""

    history: History
    since: datetime
    until: datetime
    spu_id: int | None
    products: int
    cut: bool


def gather(session: Session, now: datetime, spu_id: int | None = None) -> Gathered:
    """The past of a product's teams, or of all, up to `now`."""
    since = now - timedelta(days=WINDOW_DAYS)
    values = {
        "since": since,
        "ties_since": since - timedelta(days=CIRCLE_DAYS),
        "spu_id": spu_id,
    }
    row = session.execute(_GATHER, values).one()
    seen_days = (now - row.first_at).total_seconds() / 86_400 if row.first_at else 0.0
    history = History(
        teams=[PastTeam(*team) for team in row.teams],
        cells=[VisitCell(**cell) for cell in row.cells],
        arrivals={(age_h, hour): visits for age_h, hour, visits in row.arrivals},
        leaders=row.leaders,
        members=row.members,
        units=int(row.units),
        days=max(1.0, seen_days),
    )
    return Gathered(history, since, now, spu_id, row.products, row.cut)


_MIX = text(
    """
    SELECT m.sku_id, sum(m.units) AS units FROM groupbuy_members m
    JOIN groupbuy_activities a ON a.id = m.activity_id
    WHERE a.spu_id = :spu_id AND m.seat AND m.paid_at >= :since GROUP BY 1
    """
)


def units_by_sku(session: Session, spu_id: int, since: datetime) -> dict[int, int]:
    """Units of a product that members bought since then, by SKU."""
    rows: Sequence[Any] = session.execute(_MIX, {"spu_id": spu_id, "since": since}).all()
    return {row.sku_id: int(row.units) for row in rows}
