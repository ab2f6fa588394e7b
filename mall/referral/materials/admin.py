"""The material library, for staff."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.materials import queries, saving
from mall.referral.materials.queries import MaterialView, Wanted
from mall.referral.materials.schemas import (
    MaterialChangeInput,
    MaterialDownloadPageSchema,
    MaterialEnabledInput,
    MaterialInput,
    MaterialPageSchema,
    MaterialQuery,
    MaterialSchema,
)

blp = Blueprint(
    "promoter_materials_admin", __name__, url_prefix="/admin/api/v1", description="素材库管理"
)
_ALL = "/promoter-materials"
_ONE = f"{_ALL}/<id:material_id>"
_WRONG = ("campaign_refused", "campaign_warned", "material_sku_unknown")


@blp.route(_ALL, methods=["GET"])
@access.staff("material:read")
@blp.arguments(MaterialQuery, location="query")
@blp.response(200, MaterialPageSchema)
def list_materials(query: dict[str, Any]) -> Page[MaterialView]:
    """Materials, open or not, newest first, with their downloads."""
    wanted = Wanted(query.get("sku_id"), query.get("spu_id"))
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.materials(db.session(), wanted, before=before, limit=limit)
    return page(found, limit, lambda view: [view.material.id])


@blp.route(_ALL, methods=["POST"])
@access.staff("material:write")
@idempotent
@blp.arguments(MaterialInput)
@blp.response(201, MaterialSchema)
@blp.fails("upload_not_found", *_WRONG, "upload_gone")
def create_material(body: dict[str, Any]) -> MaterialView:
    """A further material, of files that I uploaded."""
    return queries.material(db.session(), saving.create_material(current_staff().staff_id, body))


@blp.route(_ONE, methods=["GET"])
@access.staff("material:read")
@blp.response(200, MaterialSchema)
@blp.fails("material_not_found")
def read_material(material_id: int) -> MaterialView:
    """One material."""
    return queries.material(db.session(), material_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("material:write")
@idempotent
@blp.arguments(MaterialChangeInput)
@blp.response(200, MaterialSchema)
@blp.fails("material_not_found", "upload_not_found", "material_changed", *_WRONG, "upload_gone")
def change_material(body: dict[str, Any], material_id: int) -> MaterialView:
    """Another text, other files, other SKUs. Files that are named again stay."""
    saving.change_material(current_staff().staff_id, material_id, body)
    return queries.material(db.session(), material_id)


@blp.route(f"{_ONE}/enabled", methods=["PUT"])
@access.staff("material:write")
@blp.arguments(MaterialEnabledInput)
@blp.response(200, MaterialSchema)
@blp.fails("material_not_found")
def enable_material(body: dict[str, bool], material_id: int) -> MaterialView:
    """Show a material to promoters, or no more."""
    saving.enable_material(material_id, body["enabled"])
    return queries.material(db.session(), material_id)


@blp.route(_ONE, methods=["DELETE"])
@access.staff("material:write")
@blp.response(204)
@blp.fails("material_not_found")
def delete_material(material_id: int) -> None:
    """Remove a material with its files and counts."""
    saving.delete_material(material_id)


@blp.route(f"{_ONE}/downloads", methods=["GET"])
@access.staff("material:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, MaterialDownloadPageSchema)
@blp.fails("material_not_found")
def list_downloads(query: dict[str, Any], material_id: int) -> Page[Any]:
    """Who downloaded it how often."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.downloads(db.session(), material_id, before=before, limit=limit)
    return page(found, limit, lambda row: [row.user_id])
