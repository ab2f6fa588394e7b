"""Staff's changes to freight templates, and which products have which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.kernel.db import transaction
from mall.shipping import freight_queries
from mall.shipping.errors import TemplateNotFound, UnknownProducts
from mall.shipping.freight_queries import ZoneTerms
from mall.shipping.models import FreightTemplate, FreightZone, FreightZoneRegion, SpuFreight
from mall.shipping.named_errors import named_errors
from mall.staff.audit import record
from mall.users.errors import UnknownRegion
from mall.users.models import Region


@dataclass(frozen=True)
class TemplateDraft:
    """What a template should be. No region stands in two of its zones."""

    name: str
    basis: str
    is_default: bool
    zones: Sequence[ZoneTerms]


def create_template(draft: TemplateDraft) -> int:
    """A new template: its id. As the default it takes the place of the one before.

    Raises TemplateNamed, UnknownRegion, AnotherDefault.
    """
    with transaction() as session, named_errors():
        _check_regions(session, draft)
        _make_way(session, draft)
        template_id = session.execute(
            insert(FreightTemplate).values(_head(draft)).returning(FreightTemplate.id)
        ).scalar_one()
        _write_zones(session, template_id, draft.zones)
        _note(session, "create", template_id, after=asdict(draft))
        return template_id


def change_template(template_id: int, draft: TemplateDraft) -> None:
    """Replace a template whole. Quotes that were shown before are priced anew at placing.

    Raises TemplateNotFound, TemplateNamed, UnknownRegion, AnotherDefault.
    """
    with transaction() as session, named_errors():
        before = _hold(session, template_id)
        _check_regions(session, draft)
        _make_way(session, draft)
        session.execute(
            update(FreightTemplate)
            .where(FreightTemplate.id == template_id)
            .values(
                **_head(draft),
                version=FreightTemplate.version + 1,
                updated_at=func.clock_timestamp(),
            )
        )
        session.execute(delete(FreightZone).where(FreightZone.template_id == template_id))
        _write_zones(session, template_id, draft.zones)
        _note(session, "update", template_id, before=before, after=asdict(draft))


def remove_template(template_id: int) -> None:
    """Delete a template that no product has. Raises TemplateNotFound, TemplateInUse."""
    with transaction() as session, named_errors():
        before = _hold(session, template_id)
        session.execute(delete(FreightTemplate).where(FreightTemplate.id == template_id))
        _note(session, "delete", template_id, before=before)


def assign(template_id: int, spu_ids: Collection[int]) -> None:
    """Give these products this template, whichever they had.

    Raises TemplateNotFound, and UnknownProducts when one doesn't exist; then none has changed.
    """
    with transaction() as session, named_errors():
        _lock(session, template_id)
        before = _templates_of(session, spu_ids)
        found = session.scalar(select(func.count()).where(Spu.id.in_(spu_ids)))
        if found != len(set(spu_ids)):
            raise UnknownProducts(param="product_ids")
        statement = pg_insert(SpuFreight).values(
            [{"spu_id": spu_id, "template_id": template_id} for spu_id in sorted(set(spu_ids))]
        )
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[SpuFreight.spu_id], set_={"template_id": template_id}
            )
        )
        after = dict.fromkeys(map(str, sorted(set(spu_ids))), str(template_id))
        _note(session, "assign", template_id, before=before, after=after)


def unassign(template_id: int, spu_id: int) -> None:
    """Take its template off a product: the default one holds. Nothing to do is no error."""
    with transaction() as session:
        gone = session.scalar(
            delete(SpuFreight)
            .where(SpuFreight.spu_id == spu_id, SpuFreight.template_id == template_id)
            .returning(SpuFreight.spu_id)
        )
        if gone is not None:
            _note(session, "unassign", template_id, before={str(spu_id): str(template_id)})


def _head(draft: TemplateDraft) -> dict[str, Any]:
    return {"name": draft.name, "basis": draft.basis, "is_default": draft.is_default}


def _lock(session: Session, template_id: int) -> None:
    locked = select(FreightTemplate.id).where(FreightTemplate.id == template_id).with_for_update()
    if session.scalar(locked) is None:
        raise TemplateNotFound


def _hold(session: Session, template_id: int) -> dict[str, Any]:
    """Lock a template, so that it changes as a whole: what it was."""
    _lock(session, template_id)
    view = freight_queries.template(session, template_id)
    return {
        "name": view.name,
        "basis": view.basis,
        "is_default": view.is_default,
        "zones": [asdict(zone) for zone in view.zones],
    }


def _make_way(session: Session, draft: TemplateDraft) -> None:
    if draft.is_default:
        session.execute(
            update(FreightTemplate).where(FreightTemplate.is_default).values(is_default=False)
        )


def _check_regions(session: Session, draft: TemplateDraft) -> None:
    named = {code for zone in draft.zones for code in zone.regions}
    known = set(session.scalars(select(Region.code).where(Region.code.in_(named))))
    if unknown := sorted(named - known):
        raise UnknownRegion(f"地区编码不存在：{unknown[0]}", param="regions")


def _write_zones(session: Session, template_id: int, zones: Sequence[ZoneTerms]) -> None:
    for position, zone in enumerate(zones, start=1):
        values = asdict(zone)
        regions = values.pop("regions")
        zone_id = session.execute(
            insert(FreightZone)
            .values(template_id=template_id, position=position, elsewhere=not regions, **values)
            .returning(FreightZone.id)
        ).scalar_one()
        if regions:
            session.execute(
                insert(FreightZoneRegion),
                [
                    {"template_id": template_id, "region_code": code, "zone_id": zone_id}
                    for code in regions
                ],
            )


def _templates_of(session: Session, spu_ids: Collection[int]) -> dict[str, str]:
    rows = session.execute(
        select(SpuFreight.spu_id, SpuFreight.template_id).where(SpuFreight.spu_id.in_(spu_ids))
    )
    return {str(spu_id): str(template_id) for spu_id, template_id in rows}


def _note(
    session: Session,
    verb: str,
    template_id: int,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    record(
        session,
        action=f"freight_template.{verb}",
        target_type="freight_template",
        target_id=template_id,
        before=before,
        after=after,
    )
