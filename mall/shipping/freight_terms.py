"""A freight template as the rules understand it; kept parsed, since it rarely changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.shipping.freight_rules import Basis, Zone
from mall.shipping.models import FreightTemplate, FreightZone, FreightZoneRegion

_KEPT = 500
_parsed: dict[tuple[int, int], FreightTerms] = {}


@dataclass(frozen=True, slots=True)
class FreightTerms:
    """What a template asks in each of its zones."""

    template_id: int
    name: str
    basis: Basis
    zones: tuple[Zone, ...]


def terms_of(session: Session, wanted: Collection[tuple[int, int]]) -> dict[int, FreightTerms]:
    """The terms of these (id, version), by id. A version never changes, so it is read once.

    One that has got another version or gone since it was asked for is read as it is now, or
    not at all.
    """
    missing = [
        template_id for template_id, version in wanted if (template_id, version) not in _parsed
    ]
    if not missing:
        return {key[0]: _parsed[key] for key in wanted}
    fresh = _read(session, missing)
    if len(_parsed) + len(fresh) > _KEPT:
        _parsed.clear()
    _parsed.update(fresh)
    now = {template_id: terms for (template_id, _), terms in fresh.items()}
    return now | {key[0]: _parsed[key] for key in wanted if key in _parsed}


def _read(session: Session, template_ids: Collection[int]) -> dict[tuple[int, int], FreightTerms]:
    # One statement, so that a template is seen as a whole.
    regions = (
        select(func.array_agg(FreightZoneRegion.region_code))
        .where(FreightZoneRegion.zone_id == FreightZone.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            FreightTemplate.id,
            FreightTemplate.version,
            FreightTemplate.name,
            FreightTemplate.basis,
            *(getattr(FreightZone, name) for name in _CHARGES),
            regions.label("regions"),
        )
        .outerjoin(FreightZone, FreightZone.template_id == FreightTemplate.id)
        .where(FreightTemplate.id.in_(template_ids))
    ).all()
    heads = {(row.id, row.version): row for row in rows}
    zones = defaultdict(list)
    for row in rows:
        if row.deliverable is not None:  # else a template without zones
            zones[row.id].append(_zone(row))
    return {
        key: FreightTerms(row.id, row.name, row.basis, tuple(zones[row.id]))
        for key, row in heads.items()
    }


_CHARGES = (
    "deliverable",
    "first_units",
    "first_fen",
    "further_units",
    "further_fen",
    "free_from_fen",
    "free_from_pieces",
)


def _zone(row: Any) -> Zone:
    charges = {name: getattr(row, name) for name in _CHARGES}
    return Zone(regions=frozenset(row.regions or ()), **charges)
