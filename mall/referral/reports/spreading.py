"""How fast it spreads, week by week: invites sent, conversion, K-factor, generation time.

A week begins on Monday of the shop's calendar. All is counted for a scope: the whole shop, the
shoppers whom a channel brought, or the time of a ladder campaign.

- `sharers` shared something in the week, or something of theirs was opened.
- `invites` are the people who hadn't bought yet and opened a share, once a sharer and week: what
  was sent and never opened nobody can see.
- `brought` were bound to an inviter by a share.
- K of the week is invites per sharer times brought per invite.
- `newcomers` first came in the week (in a campaign: were brought in it). `brought_by_newcomers`
  counts whom they brought within 28 days of coming. `reproduction_bp` is one by the other: above
  10,000 each generation is larger than the one before.
- `generation_s` is the median time from being brought to bringing somebody.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE

NEWCOMER_DAYS = 28
_ALL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose sharing is counted: a channel's shoppers, or all within a campaign's time."""

    channel_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in the week from `week` on. Times are in seconds."""

    week: date
    sharers: int = 0
    invites: int = 0
    brought: int = 0
    newcomers: int = 0
    brought_by_newcomers: int = 0
    generations: int = 0
    generation_s: int | None = None
    generation_p90_s: int | None = None
    complete: bool = True

    @property
    def invites_per_sharer_bp(self) -> int | None:
        """10,000 is one invite a sharer."""
        return _ratio(self.invites, self.sharers)

    @property
    def conversion_bp(self) -> int | None:
        """How many of those invited were brought."""
        return _ratio(self.brought, self.invites)

    @property
    def k_bp(self) -> int | None:
        """Invites per sharer times conversion: brought per sharer; 10,000 is one."""
        return _ratio(self.brought, self.sharers)

    @property
    def reproduction_bp(self) -> int | None:
        """How many each newcomer brought within 28 days; 10,000 is one."""
        return _ratio(self.brought_by_newcomers, self.newcomers)


def _ratio(part: int, whole: int) -> int | None:
    return part * _ALL // whole if whole else None


def _week_of(moment: str) -> str:
    return f"CAST(date_trunc('week', timezone('{SHOP_ZONE.key}', {moment})) AS date)"


def _within(moment: str) -> str:
    """SQL: the moment is in the asked weeks, and in the scope's time."""
    return (
        f"{moment} >= :first AND {moment} < :last"
        f" AND {moment} >= coalesce(CAST(:since AS timestamptz), '-infinity')"
        f" AND {moment} < coalesce(CAST(:until AS timestamptz), 'infinity')"
    )


def _in_scope(user: str) -> str:
    """SQL: the shopper came by the scope's channel, if it has one."""
    return (
        "(CAST(:channel_id AS bigint) IS NULL OR EXISTS (SELECT FROM share_shoppers c"
        f" WHERE c.opener_id = {user} AND c.channel_id = :channel_id))"
    )


_WEEKS = text(
    f"""
    WITH touched AS (
        SELECT {_week_of("o.created_at")} AS week, o.sharer_id, o.opener_id,
               NOT o.opener_bought AS invited
        FROM share_opens o
        WHERE o.day BETWEEN :first_day AND :last_day AND o.sharer_id IS NOT NULL
          AND {_within("o.created_at")} AND {_in_scope("o.sharer_id")}
        UNION ALL
        SELECT {_week_of("s.created_at")}, s.user_id, NULL, false
        FROM shares s
        WHERE s.day BETWEEN :first_day AND :last_day AND s.user_id IS NOT NULL
          AND {_within("s.created_at")} AND {_in_scope("s.user_id")}
    ), made AS (
        SELECT {_week_of("b.bound_at")} AS week, b.bound_at, b.inviter_id
        FROM referral_bindings b
        WHERE b.share_id IS NOT NULL AND {_within("b.bound_at")} AND {_in_scope("b.inviter_id")}
    ), spread AS (
        SELECT m.week, m.bound_at - p.bound_at AS took
        FROM made m CROSS JOIN LATERAL (
            SELECT p.bound_at FROM referral_bindings p
            WHERE p.invitee_id = m.inviter_id AND p.bound_at <= m.bound_at
            ORDER BY p.bound_at DESC LIMIT 1
        ) p
    ), newcomers AS (
        SELECT {_week_of("u.created_at")} AS week, u.id AS user_id, u.created_at AS came_at
        FROM users u
        WHERE CAST(:since AS timestamptz) IS NULL AND {_within("u.created_at")}
          AND {_in_scope("u.id")}
        UNION ALL
        SELECT {_week_of("b.bound_at")}, b.invitee_id, b.bound_at
        FROM referral_bindings b
        WHERE CAST(:since AS timestamptz) IS NOT NULL AND b.share_id IS NOT NULL
          AND {_within("b.bound_at")}
    )
    SELECT w.week, coalesce(t.sharers, 0), coalesce(t.invites, 0), coalesce(m.brought, 0),
           coalesce(n.newcomers, 0), coalesce(n.brought, 0), coalesce(g.generations, 0),
           g.generation_s, g.generation_p90_s,
           w.week + 7 + {NEWCOMER_DAYS} <= CAST(timezone('{SHOP_ZONE.key}', now()) AS date)
    FROM (
        SELECT CAST(generate_series(:first_day, :last_day - 6, interval '7 days') AS date) AS week
    ) w
    LEFT JOIN (
        SELECT week, count(DISTINCT sharer_id) AS sharers,
               count(DISTINCT (sharer_id, opener_id)) FILTER (WHERE invited) AS invites
        FROM touched GROUP BY week
    ) t USING (week)
    LEFT JOIN (SELECT week, count(*) AS brought FROM made GROUP BY week) m USING (week)
    LEFT JOIN (
        SELECT n.week, count(DISTINCT n.user_id) AS newcomers, count(b.id) AS brought
        FROM newcomers n LEFT JOIN referral_bindings b
            ON b.inviter_id = n.user_id AND b.share_id IS NOT NULL AND b.bound_at >= n.came_at
           AND b.bound_at < n.came_at + interval '{NEWCOMER_DAYS} days'
        GROUP BY n.week
    ) n USING (week)
    LEFT JOIN (
        SELECT week, count(*) AS generations,
               CAST(extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY took)) AS bigint)
                   AS generation_s,
               CAST(extract(epoch FROM percentile_disc(0.9) WITHIN GROUP (ORDER BY took)) AS bigint)
                   AS generation_p90_s
        FROM spread GROUP BY week
    ) g USING (week)
    ORDER BY w.week
    """  # noqa: S608
)


def weeks(session: Session, first: date, count: int, scope: Scope) -> list[Week]:
    """So many weeks, from the one of `first` on, the oldest first."""
    monday = first - timedelta(days=first.weekday())
    after = monday + timedelta(weeks=count)
    given = {
        "first": datetime(monday.year, monday.month, monday.day, tzinfo=SHOP_ZONE),
        "last": datetime(after.year, after.month, after.day, tzinfo=SHOP_ZONE),
        "first_day": monday,
        "last_day": after - timedelta(days=1),
        "channel_id": scope.channel_id,
        "since": scope.since,
        "until": scope.until,
    }
    assert len(fields(Week)) == 10  # the columns of the query, in their order
    return [Week(*row) for row in session.execute(_WEEKS, given)]
