"""Freight in quotes and orders: reads what the pure rules need, in one statement."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy.orm import Session

from mall.config import current_settings
from mall.kernel.db import int_array
from mall.kernel.hot import Hot
from mall.orders.participants import OrderRef, PlacingContext
from mall.pricing.quote import PriceRule
from mall.shipping import collecting
from mall.shipping.freight_rules import (
    PICKUP,
    CollectedFree,
    FlatFreight,
    TemplateFreight,
    Zone,
    zone_for,
)

_TEMPLATES = Hot(
    """
    WITH RECURSIVE place AS (
        SELECT code, level, parent_code FROM regions WHERE code = :region AND level = 3
        UNION ALL
        SELECT r.code, r.level, r.parent_code
        FROM regions r JOIN place p ON r.code = p.parent_code AND r.level = p.level - 1
    ), used AS (
        SELECT coalesce(own.template_id, other.id) AS template_id, array_agg(spu_id) AS spu_ids
        FROM unnest(CAST(:spu_ids AS bigint[])) AS bought(spu_id)
        LEFT JOIN spu_freight own USING (spu_id)
        LEFT JOIN freight_templates other ON other.is_default
        GROUP BY 1
    )
    SELECT t.id, t.name, t.basis, used.spu_ids,
        z.deliverable, z.first_units, z.first_fen, z.further_units, z.further_fen,
        z.free_from_fen, z.free_from_pieces,
        z.regions,
        (SELECT array_agg(code ORDER BY level DESC) FROM place) AS place
    FROM used
    JOIN freight_templates t ON t.id = used.template_id
    LEFT JOIN LATERAL (
        SELECT z.*, array_remove(array_agg(r.region_code), NULL) AS regions
        FROM freight_zones z
        LEFT JOIN freight_zone_regions r
            ON r.template_id = t.id AND r.zone_id = z.id
            AND r.region_code IN (SELECT code FROM place)
        WHERE z.template_id = t.id
        GROUP BY z.id
        HAVING z.elsewhere OR count(r.region_code) > 0
    ) z ON true
    """
)
"""The templates of some products, each with those of its zones that may hold in a region."""


class FreightParticipant:
    """Brings the freight into every quote and order; a shopper may choose `pickup:<id>`."""

    name = "freight"

    def price_rules(self, session: Session, context: PlacingContext) -> list[PriceRule]:
        choice = context.choices.get(self.name)
        if choice is not None:
            point = collecting.chosen_point(session, choice)
            return [CollectedFree(point.id, point.name)]
        return _rules(session, context)

    def on_placing(self, session: Session, order: OrderRef) -> None:
        for source in order.sources:
            if source.startswith(PICKUP):
                collecting.expect(session, order.id, int(source.removeprefix(PICKUP)))

    def on_cancelling(self, session: Session, order: OrderRef) -> None:
        collecting.void(session, order.id)

    def before_shipping(self, session: Session, order: OrderRef) -> None:
        collecting.refuse_if_waiting(session, order.id)


def _rules(session: Session, context: PlacingContext) -> list[PriceRule]:
    bought = frozenset(line.spu_id for line in context.lines)
    found = defaultdict(list)
    for row in _TEMPLATES.rows(
        session, spu_ids=int_array(bought), region=context.region_code or ""
    ):
        found[row.id].append(row)
    rules: list[PriceRule] = [
        _template(rows, placed=context.region_code is not None) for rows in found.values()
    ]
    bare = bought - {spu_id for rows in found.values() for spu_id in rows[0].spu_ids}
    if bare:
        settings = current_settings()
        spu_ids = bare if rules else None
        rules.append(FlatFreight(settings.freight_fen, settings.free_freight_from_fen, spu_ids))
    return rules


def _template(rows: list[Any], *, placed: bool) -> TemplateFreight:
    first = rows[0]
    zones = [_zone(row) for row in rows if row.deliverable is not None]
    return TemplateFreight(
        template_id=first.id,
        name=first.name,
        basis=first.basis,
        zone=zone_for(zones, first.place or ()),
        spu_ids=frozenset(first.spu_ids),
        placed=placed,
    )


def _zone(row: Any) -> Zone:
    return Zone(
        regions=frozenset(row.regions),
        deliverable=row.deliverable,
        first_units=row.first_units,
        first_fen=row.first_fen,
        further_units=row.further_units,
        further_fen=row.further_fen,
        free_from_fen=row.free_from_fen,
        free_from_pieces=row.free_from_pieces,
    )
