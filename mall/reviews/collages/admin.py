"""Designs of collages, for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.drawing.previewing import preview
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.reviews.collages.models import CollageTemplate
from mall.reviews.collages.schemas import (
    CollagePreviewInput,
    CollageTemplateInput,
    CollageTemplateSchema,
    CollageTemplatesSchema,
)
from mall.reviews.collages.templates import DESIGNS

blp = Blueprint("collages_admin", __name__, url_prefix="/admin/api/v1", description="拼图模板管理")
_ALL = "/collage-templates"
_ONE = f"{_ALL}/<id:template_id>"
_WRONG = ("share_link_missing", "background_missing")


@blp.route(_ALL, methods=["GET"])
@access.staff("collage:read")
@blp.response(200, CollageTemplatesSchema)
def list_templates() -> dict[str, Any]:
    """All designs, the newest first."""
    return {"items": DESIGNS.all(db.session())}


@blp.route(_ALL, methods=["POST"])
@access.staff("collage:write")
@idempotent
@blp.arguments(CollageTemplateInput)
@blp.response(201, CollageTemplateSchema)
@blp.fails(*_WRONG, "upload_gone")
def create_template(body: dict[str, Any]) -> CollageTemplate:
    """A new design."""
    return DESIGNS.one(db.session(), DESIGNS.create(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("collage:read")
@blp.response(200, CollageTemplateSchema)
@blp.fails("collage_template_not_found")
def read_template(template_id: int) -> CollageTemplate:
    """One design."""
    return DESIGNS.one(db.session(), template_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("collage:write")
@blp.arguments(CollageTemplateInput)
@blp.response(200, CollageTemplateSchema)
@blp.fails("collage_template_not_found", *_WRONG, "upload_gone")
def change_template(body: dict[str, Any], template_id: int) -> CollageTemplate:
    """Change a design; collages that were made stay as they are."""
    DESIGNS.change(template_id, body)
    return DESIGNS.one(db.session(), template_id)


@blp.route("/collage-previews", methods=["POST"])
@access.staff("collage:write")
@blp.arguments(CollagePreviewInput)
@blp.response(
    200, {"type": "string", "format": "binary"}, content_type="image/jpeg", description="JPEG"
)
@blp.fails("drawing_busy", "storage_unavailable")
def show_preview(body: dict[str, Any]) -> Response:
    """What a layout looks like, with a sample product and plain places."""
    return Response(preview(body["layout"]), mimetype="image/jpeg")
