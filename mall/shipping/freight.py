"""Freight in quotes and orders: reads what the pure rules need, in one statement while no
template has changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedListStatement
from mall.orders.participants import OrderParticipant, PlacingContext
from mall.orders.placed import PlacedOrder
from mall.pricing.quote import PriceRule
from mall.shipping import collecting
from mall.shipping.freight_rules import (
    FlatFreight,
    TemplateFreight,
    zone_for,
)
from mall.shipping.freight_terms import FreightTerms, terms_of
from mall.shipping.settings import FREE_FREIGHT_FROM_FEN, FREIGHT_FEN

_TEMPLATES = PreparedListStatement(
    ("spu",),
    lambda places: (
        f"""
    SELECT bought.spu_id, t.id AS template_id, t.version, (
        SELECT ARRAY[district.code, city.code, province.code] FROM regions district
        LEFT JOIN regions city ON city.code = district.parent_code AND city.level = 2
        LEFT JOIN regions province ON province.code = city.parent_code AND province.level = 1
        WHERE district.code = :region AND district.level = 3
    ) AS place
    FROM (SELECT unnest(ARRAY[{places}]) AS spu_id) bought
    LEFT JOIN spu_freight own USING (spu_id)
    JOIN freight_templates t ON t.id = coalesce(
        own.template_id, (SELECT id FROM freight_templates WHERE is_default)
    )
    WHERE bought.spu_id IS NOT NULL
    """  # noqa: S608 - the places hold names of parameters
    ),
)
"""The template of each product that has one, and the region with those it lies in."""


class FreightParticipant(OrderParticipant):
    """Brings the freight into every quote and order; a shopper may choose `pickup:<id>`."""

    name = "freight"

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        choice = context.choices.get(self.name)
        if choice is not None:
            collecting.check_point(session, choice)
            return []  # nothing is sent
        return _rules(session, context)

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """Freight is no price of a unit."""
        return ()

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        choice = order.choices.get(self.name)
        if choice is not None:
            collecting.expect(session, order.id, collecting.read_choice(choice))

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        collecting.void(session, order.id)

    def before_shipping(self, session: Session, order: PlacedOrder) -> None:
        collecting.refuse_if_waiting(session, order.id)

    def refuses_shipping(self, session: Session, orders: Sequence[PlacedOrder]) -> set[int]:
        return collecting.waiting(session, [order.id for order in orders])


def _rules(session: Session, context: PlacingContext) -> list[PriceRule]:
    bought = sorted({line.spu_id for line in context.lines})
    rows = _TEMPLATES.rows(session, (bought,), region=context.region_code or "")
    goods: dict[tuple[int, int], set[int]] = {}
    for row in rows:
        goods.setdefault((row.template_id, row.version), set()).add(row.spu_id)
    terms = terms_of(session, goods)
    rules: list[PriceRule] = [
        _template(terms[template_id], spu_ids, rows[0].place, context.region_code is not None)
        for (template_id, _), spu_ids in goods.items()
        if template_id in terms  # it may have changed since the statement above
    ]
    bare = frozenset(bought).difference(*goods.values())
    if bare:
        only = bare if rules else None
        rules.append(FlatFreight(FREIGHT_FEN.get(), FREE_FREIGHT_FROM_FEN.get(), only))
    return rules


def _template(
    terms: FreightTerms, spu_ids: Collection[int], place: Sequence[str] | None, placed: bool
) -> TemplateFreight:
    return TemplateFreight(
        template_id=terms.template_id,
        name=terms.name,
        basis=terms.basis,
        zone=zone_for(terms.zones, place or ()),
        spu_ids=frozenset(spu_ids),
        placed=placed,
    )
