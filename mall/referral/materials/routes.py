"""The material library, for promoters."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, id_in, page
from mall.referral.materials import queries
from mall.referral.materials.downloading import download
from mall.referral.materials.queries import MaterialView, Wanted
from mall.referral.materials.schemas import (
    DownloadedMaterialSchema,
    MaterialQuery,
    MaterialSummaryPageSchema,
)

blp = Blueprint(
    "promoter_materials", __name__, url_prefix="/api/v1/promoter/materials", description="素材库"
)


@blp.route("", methods=["GET"])
@access.shopper
@blp.arguments(MaterialQuery, location="query")
@blp.response(200, MaterialSummaryPageSchema)
@blp.fails("promoters_only")
def list_materials(query: dict[str, Any]) -> Page[MaterialView]:
    """Materials that I may share with, newest first; all, or those about a SKU or a product."""
    queries.must_be_promoter(db.session(), current_shopper().user_id)
    wanted = Wanted(query.get("sku_id"), query.get("spu_id"), only_open=True)
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.materials(db.session(), wanted, before=before, limit=limit)
    return page(found, limit, lambda view: [view.material.id])


@blp.route("/<id:material_id>/downloads", methods=["POST"])
@access.shopper
@idempotent
@blp.response(200, DownloadedMaterialSchema)
@blp.fails("material_not_found", "promoters_only", "account_closed")
def download_material(material_id: int) -> MaterialView:
    """Take a material: its text, and where its files are. It is counted."""
    return download(current_shopper().user_id, material_id)
