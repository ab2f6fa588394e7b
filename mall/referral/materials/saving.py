"""Materials as staff make them. A material holds the uploads that it shows, and lets go of the
others: no sweep takes a picture that promoters see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from mall.catalog.models import Sku
from mall.compliance.reviewing import review
from mall.kernel.db import transaction
from mall.referral.materials.describing import describe
from mall.referral.materials.errors import MaterialChanged, MaterialNotFound, MaterialSkuUnknown
from mall.referral.materials.models import MaterialFile, MaterialSku, PromoterMaterial
from mall.staff.audit import record
from mall.uploads.commands import Owner, attach, release

Terms = Mapping[str, Any]


def create_material(staff_id: int | None, terms: Terms) -> int:
    """A further material: its id. The files are unused uploads of this staff member.

    Raises UploadNotFound, MaterialSkuUnknown, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        material_id: int = session.execute(
            insert(PromoterMaterial)
            .values(name=terms["name"], text=terms["text"], enabled=terms["enabled"])
            .returning(PromoterMaterial.id)
        ).scalar_one()
        _put_files(session, staff_id, material_id, _files(terms))
        _put_skus(session, material_id, terms["sku_ids"])
        _review(session, material_id, 1, terms)
        _audit(session, "create", material_id, terms)
        return material_id


def change_material(staff_id: int | None, material_id: int, terms: Terms) -> None:
    """Another text, other files, other SKUs. `replaces` is the version that was seen.

    A file stays by being named again; a further one is an unused upload of this staff member.
    Raises MaterialNotFound, MaterialChanged, and as create_material.
    """
    with transaction() as session:
        material = _locked(session, material_id)
        if material.version != terms["replaces"]:
            raise MaterialChanged(param="replaces")
        version = material.version + 1
        session.execute(
            update(PromoterMaterial)
            .where(PromoterMaterial.id == material_id)
            .values(name=terms["name"], text=terms["text"], version=version)
            .execution_options(synchronize_session=False)
        )
        _put_files(session, staff_id, material_id, _files(terms))
        _put_skus(session, material_id, terms["sku_ids"])
        _review(session, material_id, version, terms)
        _audit(session, "update", material_id, terms)


def enable_material(material_id: int, enabled: bool) -> None:
    """Show a material to promoters, or no more. Saying so again changes nothing.

    Raises MaterialNotFound.
    """
    with transaction() as session:
        if _locked(session, material_id).enabled == enabled:
            return
        session.execute(
            update(PromoterMaterial)
            .where(PromoterMaterial.id == material_id)
            .values(enabled=enabled)
            .execution_options(synchronize_session=False)
        )
        _audit(session, "enable" if enabled else "close", material_id, {"enabled": enabled})


def delete_material(material_id: int) -> None:
    """Remove a material with its files and counts. Raises MaterialNotFound."""
    with transaction() as session:
        material = _locked(session, material_id)
        names = _names_of(session, material_id)
        session.execute(delete(MaterialFile).where(MaterialFile.material_id == material_id))
        release(session, names, _holder(material_id))
        session.execute(delete(PromoterMaterial).where(PromoterMaterial.id == material_id))
        before = {"name": material.name, "text": material.text, "downloads": material.downloads}
        _audit(session, "delete", material_id, None, {**before, "files": names})


def _files(terms: Terms) -> list[str]:
    return [*terms["pictures"], *terms["videos"]]


def _holder(material_id: int) -> str:
    return f"material:{material_id}"


def _names_of(session: Session, material_id: int) -> Sequence[str]:
    return session.scalars(
        select(MaterialFile.name)
        .where(MaterialFile.material_id == material_id)
        .order_by(MaterialFile.position)
    ).all()


def _put_files(
    session: Session, staff_id: int | None, material_id: int, names: Sequence[str]
) -> None:
    held = _names_of(session, material_id)
    further = [name for name in names if name not in held]
    attach(session, Owner(staff_id=staff_id), further, _holder(material_id))
    session.execute(delete(MaterialFile).where(MaterialFile.material_id == material_id))
    release(session, [name for name in held if name not in names], _holder(material_id))
    rows = [
        {"material_id": material_id, "position": place, "name": name}
        for place, name in enumerate(names)
    ]
    if rows:
        session.execute(insert(MaterialFile), rows)


def _put_skus(session: Session, material_id: int, sku_ids: Sequence[int]) -> None:
    found = session.scalar(select(func.count()).where(Sku.id.in_(sku_ids))) if sku_ids else 0
    if found != len(sku_ids):
        raise MaterialSkuUnknown(param="sku_ids")
    session.execute(delete(MaterialSku).where(MaterialSku.material_id == material_id))
    rows = [{"material_id": material_id, "sku_id": sku_id} for sku_id in sku_ids]
    if rows:
        session.execute(insert(MaterialSku), rows)


def _locked(session: Session, material_id: int) -> PromoterMaterial:
    found = session.scalar(
        select(PromoterMaterial)
        .where(PromoterMaterial.id == material_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise MaterialNotFound
    return found


def _review(session: Session, material_id: int, version: int, terms: Terms) -> None:
    campaign = describe(material_id, terms["name"], terms["text"])
    review(session, campaign, version, accept_warnings=terms["accept_warnings"])


def _audit(
    session: Session,
    verb: str,
    material_id: int,
    after: Terms | None,
    before: Terms | None = None,
) -> None:
    record(
        session,
        action=f"promoter_material.{verb}",
        target_type="promoter_material",
        target_id=material_id,
        before=before,
        after=after,
    )
