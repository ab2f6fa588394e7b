"""Which goods a price rule is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mall.pricing.quote import PriceLine

NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Goods:
    """A set of goods: those of any of these ids. A category is only itself, not those below."""

    sku_ids: frozenset[int] = NOTHING
    spu_ids: frozenset[int] = NOTHING
    category_ids: frozenset[int] = NOTHING
    brand_ids: frozenset[int] = NOTHING

    @property
    def named(self) -> bool:
        """Whether any id is named at all."""
        return bool(self.sku_ids or self.spu_ids or self.category_ids or self.brand_ids)

    def has(self, line: PriceLine, above: Collection[int] = ()) -> bool:
        """Whether the line is one of them; `above` are the categories that it is under."""
        return (
            line.sku_id in self.sku_ids
            or line.spu_id in self.spu_ids
            or line.category_id in self.category_ids
            or line.brand_id in self.brand_ids
            or not self.category_ids.isdisjoint(above)
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """`only` these goods, or all when it names none, less those of `excluded`."""

    only: Goods = Goods()
    excluded: Goods = Goods()

    @property
    def everything(self) -> bool:
        """Whether it covers any goods, so that no line needs to be looked at."""
        return not (self.only.named or self.excluded.named)

    def covers(self, line: PriceLine, above: Collection[int] = ()) -> bool:
        wanted = not self.only.named or self.only.has(line, above)
        return wanted and not self.excluded.has(line, above)


Stored = Mapping[str, Sequence[int]]
"""Goods as JSON keeps them: ids by `sku_ids`, `spu_ids`, `category_ids`, `brand_ids`."""


def read_goods(stored: Stored, below: Mapping[int, frozenset[int]]) -> Goods:
    """Goods from JSON. `below` gives for each category itself and all under it."""
    categories = (below.get(named, NOTHING) for named in stored.get("category_ids", ()))
    return Goods(
        frozenset(stored.get("sku_ids", ())),
        frozenset(stored.get("spu_ids", ())),
        frozenset().union(*categories),
        frozenset(stored.get("brand_ids", ())),
    )


def read_scope(stored: Mapping[str, Stored], below: Mapping[int, frozenset[int]]) -> Scope:
    """A scope from JSON: `only` and `excluded`, each goods."""
    return Scope(
        read_goods(stored.get("only", {}), below), read_goods(stored.get("excluded", {}), below)
    )
