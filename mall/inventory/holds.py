"""Who holds reserved units. Features declare it, so that the stock can be added up."""

from __future__ import annotations

from dataclasses import dataclass

from mall.kernel.registry import Registry


@dataclass(frozen=True)
class StockHold:
    """Units that a feature has reserved and not sold: `sql` selects `sku_id` and `units`.

    A SKU may have several rows.
    """

    name: str
    sql: str


HOLDS: Registry[StockHold] = Registry("stock holds", lambda one: one.name)


@dataclass(frozen=True)
class GivenAway:
    """Units that left as sold, and that nobody bought: `sql` selects `sku_id` and `units`.

    What shoppers read as sold must have been (反不正当竞争法第九条): these are taken off.
    """

    name: str
    sql: str


GIVEN_AWAY: Registry[GivenAway] = Registry("units given away", lambda one: one.name)
