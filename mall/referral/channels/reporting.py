"""What channels brought, by channel or by day: visits, new shoppers, orders, money, cost.

Each query reads the rows of the asked channels and days alone. Days are shop days. An order
counts on the day on which it was paid and attributed; what was refunded of it counts there, too,
whenever it was refunded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.sharing.channels.queries import ShownChannel
from mall.sharing.shares.counting import shop_day_of

_ALL = 10_000


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a channel. `visits` counts a visitor once a day, `visitors` once."""

    visits: int = 0
    visitors: int = 0
    new_shoppers: int = 0
    orders: int = 0
    first_orders: int = 0
    paid_fen: int = 0
    refunded_fen: int = 0
    coupons: int = 0
    coupons_on_line: int = 0
    coupons_at_counter: int = 0
    cost_fen: int = 0

    @property
    def net_fen(self) -> int:
        """What was paid and not given back."""
        return self.paid_fen - self.refunded_fen

    @property
    def roi_bp(self) -> int | None:
        """What came in beyond the cost, per cost: 10,000 is twice the cost. None without cost."""
        return (self.net_fen - self.cost_fen) * _ALL // self.cost_fen if self.cost_fen else None


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """A channel with what came of it."""

    channel: ShownChannel
    figures: Figures


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day of a channel."""

    day: date
    figures: Figures


_CLAIM_DAY = shop_day_of("k.created_at")
_FROM = f"""
    SELECT channel_id, day, count(*) AS visits, count(DISTINCT opener_id) AS visitors,
           0 AS new_shoppers, 0 AS orders, 0 AS first_orders, 0 AS paid_fen, 0 AS refunded_fen,
           0 AS coupons, 0 AS coupons_on_line, 0 AS coupons_at_counter, 0 AS cost_fen
    FROM share_opens
    WHERE channel_id = ANY(:ids) AND day BETWEEN :first AND :last GROUP BY {{by}}
    UNION ALL
    SELECT channel_id, day, 0, 0, count(*) FILTER (WHERE left_at IS NULL), 0, 0, 0, 0, 0, 0, 0, 0
    FROM share_shoppers
    WHERE channel_id = ANY(:ids) AND day BETWEEN :first AND :last GROUP BY {{by}}
    UNION ALL
    SELECT channel_id, day, 0, 0, 0, count(*), count(*) FILTER (WHERE first_order),
           sum(o.paid_fen), sum(o.refunded_fen), 0, 0, 0, 0
    FROM order_attributions a JOIN orders o ON o.id = a.order_id
    WHERE channel_id = ANY(:ids) AND day BETWEEN :first AND :last GROUP BY {{by}}
    UNION ALL
    SELECT channel_id, day, 0, 0, 0, 0, 0, 0, 0, count(*),
           count(*) FILTER (WHERE status = 'used'), count(*) FILTER (WHERE status = 'redeemed'), 0
    FROM (
        SELECT k.channel_id, {_CLAIM_DAY} AS day, c.status
        FROM channel_claims k JOIN coupons c ON c.id = k.coupon_id
        WHERE k.channel_id = ANY(:ids)
          AND k.created_at >= CAST(:first AS date) - 1 AND k.created_at < CAST(:last AS date) + 2
    ) claimed WHERE day BETWEEN :first AND :last GROUP BY {{by}}
    UNION ALL
    SELECT channel_id, day, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(cost_fen)
    FROM share_channel_costs
    WHERE channel_id = ANY(:ids) AND day BETWEEN :first AND :last GROUP BY {{by}}
"""  # noqa: S608
_NAMES = [one.name for one in fields(Figures)]
_SUMS = ", ".join(f"CAST(sum({name}) AS bigint) AS {name}" for name in _NAMES)
_BY_CHANNEL = text(
    f"SELECT channel_id, {_SUMS} FROM ("  # noqa: S608
    + _FROM.format(by="channel_id").replace("channel_id, day,", "channel_id,")
    + ") f GROUP BY channel_id"
)
_BY_DAY = text(
    f"SELECT day, {_SUMS} FROM ("  # noqa: S608
    + _FROM.format(by="channel_id, day")
    + ") f GROUP BY day ORDER BY day DESC"
)


def of_channels(
    session: Session, channels: Sequence[ShownChannel], first: date, last: date
) -> list[ChannelFigures]:
    """What came of each of these channels on these days, both ends with them."""
    given = {"ids": [one.channel.id for one in channels], "first": first, "last": last}
    found = {row.channel_id: Figures(*row[1:]) for row in session.execute(_BY_CHANNEL, given).all()}
    return [ChannelFigures(one, found.get(one.channel.id, Figures())) for one in channels]


def of_days(session: Session, channel_id: int, first: date, last: date) -> list[DayFigures]:
    """What came of a channel day by day, newest first; days on which nothing came aside."""
    given = {"ids": [channel_id], "first": first, "last": last}
    return [DayFigures(row.day, Figures(*row[1:])) for row in session.execute(_BY_DAY, given)]
