"""What freight costs: pure rules, frozen with all they need. The database is `freight`'s affair.

Each template is counted over its own lines and the templates of one order add up, as goods
of different templates travel in different boxes. The free limits of a zone look at the
template's own lines too: at what they cost after every discount, and at their pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mall.kernel.money import yuan
from mall.pricing import engine
from mall.pricing.quote import Adjustment, Lane, Obstacle, PriceLine, Quote, QuoteLine
from mall.shipping.errors import Undeliverable

Basis = Literal["piece", "weight", "volume"]
FLAT = "freight:flat"


@dataclass(frozen=True, slots=True)
class Zone:
    """What a template asks in `regions`; without any, everywhere that no zone names.

    Units are pieces, grams or cm³, as the template counts.
    """

    regions: frozenset[str]
    deliverable: bool
    first_units: int
    first_fen: int
    further_units: int
    further_fen: int
    free_from_fen: int | None = None
    free_from_pieces: int | None = None

    def charge(self, units: int) -> int:
        """Fen for so many units: the first, then each further lot begun. Never for nothing:
        goods without a weight still cost the first units."""
        lots = -(-max(0, units - self.first_units) // self.further_units)
        return self.first_fen + lots * self.further_fen

    def is_free(self, goods_fen: int, pieces: int) -> bool:
        """True from either limit on."""
        by_amount = self.free_from_fen is not None and goods_fen >= self.free_from_fen
        by_pieces = self.free_from_pieces is not None and pieces >= self.free_from_pieces
        return by_amount or by_pieces


def zone_for(zones: Iterable[Zone], place: Sequence[str]) -> Zone | None:
    """The zone that holds in `place`: its district's, city's and province's code, in turn.

    The most specific code that a zone names wins, then the zone of all other regions.
    None when there is neither: nothing is sent there.
    """
    known = list(zones)
    for code in place:
        for zone in known:
            if code in zone.regions:
                return zone
    return next((zone for zone in known if not zone.regions), None)


def units_of(line: PriceLine, basis: Basis) -> int:
    """What a line adds to its template's units."""
    each = {"piece": 1, "weight": line.weight_g, "volume": line.volume_cm3}[basis]
    return each * line.quantity


@dataclass(frozen=True, slots=True)
class TemplateFreight:
    """The freight of one template's products. `placed` once the region is known: before, the
    lines that have no zone aren't refused."""

    template_id: int
    name: str
    basis: Basis
    zone: Zone | None
    spu_ids: frozenset[int]
    placed: bool
    lane: Lane = Lane.FREIGHT

    @property
    def source(self) -> str:
        return f"freight:{self.template_id}"

    def adjust(self, quote: Quote) -> list[Adjustment]:
        lines = _lines(quote, self.spu_ids)
        if not lines or self.zone is None or not self.zone.deliverable:
            return []
        goods_fen = sum(line.payable_fen for line in lines)
        if self.zone.is_free(goods_fen, sum(line.line.quantity for line in lines)):
            return []
        units = sum(units_of(line.line, self.basis) for line in lines)
        return engine.freight(self.source, f"运费（{self.name}）", self.zone.charge(units))

    def obstacles(self, quote: Quote) -> list[Obstacle]:
        if not self.placed or (self.zone is not None and self.zone.deliverable):
            return []
        skus = frozenset(line.line.sku_id for line in _lines(quote, self.spu_ids))
        return [Obstacle(Undeliverable.code, Undeliverable.message, skus)] if skus else []


@dataclass(frozen=True, slots=True)
class FlatFreight:
    """`freight_fen` for the lines without a template, nothing once they cost `free_from_fen`
    after discounts.

    `spu_ids` None means every line. `free_from_fen` 0 makes freight free for everybody.
    """

    freight_fen: int
    free_from_fen: int
    spu_ids: frozenset[int] | None = None
    lane: Lane = Lane.FREIGHT
    source: str = FLAT

    def adjust(self, quote: Quote) -> list[Adjustment]:
        lines = _lines(quote, self.spu_ids)
        if not lines or sum(line.payable_fen for line in lines) >= self.free_from_fen:
            return []
        label = f"运费（满 {yuan(self.free_from_fen)} 元包邮）"
        return engine.freight(self.source, label, self.freight_fen)


def _lines(quote: Quote, spu_ids: frozenset[int] | None) -> list[QuoteLine]:
    return [line for line in quote.lines if spu_ids is None or line.line.spu_id in spu_ids]
