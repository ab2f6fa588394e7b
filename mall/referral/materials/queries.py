"""Reads of materials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku
from mall.referral.materials.errors import MaterialNotFound, PromotersOnly
from mall.referral.materials.models import (
    MaterialDownload,
    MaterialFile,
    MaterialSku,
    PromoterMaterial,
)
from mall.referral.promoters.queries import active_promoter
from mall.uploads.names import is_video
from mall.uploads.schemas import attached, shown
from mall.users.models import User


@dataclass(frozen=True, slots=True)
class MaterialView:
    """A material with the names of its files and its SKUs."""

    material: PromoterMaterial
    names: Sequence[str]
    sku_ids: Sequence[int]

    @property
    def pictures(self) -> list[dict[str, Any]]:
        return attached(self.names)["pictures"]

    @property
    def videos(self) -> list[dict[str, Any]]:
        return attached(self.names)["videos"]

    @property
    def picture_count(self) -> int:
        return len(self.names) - self.video_count

    @property
    def video_count(self) -> int:
        return sum(is_video(name) for name in self.names)

    @property
    def cover_url(self) -> str | None:
        """The thumbnail of the first picture."""
        first = next((name for name in self.names if not is_video(name)), None)
        return None if first is None else str(shown(first)["thumbnail_url"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which materials: about a SKU, about any SKU of a product, open ones alone."""

    sku_id: int | None = None
    spu_id: int | None = None
    only_open: bool = False


def must_be_promoter(session: Session, user_id: int) -> None:
    """Raises PromotersOnly for who isn't paid as a promoter now."""
    if active_promoter(session, user_id) is None:
        raise PromotersOnly


def materials(
    session: Session, wanted: Wanted, *, before: int | None, limit: int
) -> list[MaterialView]:
    """Materials, newest first; one more than `limit`, for paging."""
    query = select(PromoterMaterial).order_by(PromoterMaterial.id.desc()).limit(limit + 1)
    if wanted.only_open:
        query = query.where(PromoterMaterial.enabled)
    if before is not None:
        query = query.where(PromoterMaterial.id < before)
    about = exists().where(MaterialSku.material_id == PromoterMaterial.id)
    if wanted.sku_id is not None:
        query = query.where(about.where(MaterialSku.sku_id == wanted.sku_id))
    if wanted.spu_id is not None:
        of_product = select(Sku.id).where(Sku.spu_id == wanted.spu_id)
        query = query.where(about.where(MaterialSku.sku_id.in_(of_product)))
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    return _views(session, found)


def material(session: Session, material_id: int, *, only_open: bool = False) -> MaterialView:
    """One of them. Raises MaterialNotFound."""
    query = select(PromoterMaterial).where(PromoterMaterial.id == material_id)
    if only_open:
        query = query.where(PromoterMaterial.enabled)
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    for view in _views(session, found):
        return view
    raise MaterialNotFound


def downloads(
    session: Session, material_id: int, *, before: int | None, limit: int
) -> Sequence[Any]:
    """Who downloaded a material how often, the newest shoppers first; one more than `limit`."""
    material(session, material_id)
    query = (
        select(*MaterialDownload.__table__.c, User.nickname)
        .join(User, User.id == MaterialDownload.user_id)
        .where(MaterialDownload.material_id == material_id)
        .order_by(MaterialDownload.user_id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(MaterialDownload.user_id < before)
    return session.execute(query).all()


def _views(session: Session, found: Sequence[PromoterMaterial]) -> list[MaterialView]:
    names: dict[int, list[str]] = defaultdict(list)
    sku_ids: dict[int, list[int]] = defaultdict(list)
    ids = [one.id for one in found]
    if ids:
        files = select(MaterialFile).where(MaterialFile.material_id.in_(ids))
        for file in session.scalars(files.order_by(MaterialFile.position)):
            names[file.material_id].append(file.name)
        skus = select(MaterialSku).where(MaterialSku.material_id.in_(ids))
        for row in session.scalars(skus.order_by(MaterialSku.sku_id)):
            sku_ids[row.material_id].append(row.sku_id)
    return [MaterialView(one, names[one.id], sku_ids[one.id]) for one in found]
