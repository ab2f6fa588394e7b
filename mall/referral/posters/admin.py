"""Designs of posters, for staff."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.drawing.previewing import preview
from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.referral.posters.models import PosterTemplate
from mall.referral.posters.schemas import (
    PosterTemplateInput,
    PosterTemplateSchema,
    PosterTemplatesSchema,
    PreviewInput,
)
from mall.referral.posters.templates import DESIGNS

blp = Blueprint("posters_admin", __name__, url_prefix="/admin/api/v1", description="海报模板管理")
_ALL = "/poster-templates"
_ONE = f"{_ALL}/<id:template_id>"
_WRONG = ("share_link_missing", "background_missing")


@blp.route(_ALL, methods=["GET"])
@access.staff("poster:read")
@blp.response(200, PosterTemplatesSchema)
def list_templates() -> dict[str, Any]:
    """All designs, the newest first."""
    return {"items": DESIGNS.all(db.session())}


@blp.route(_ALL, methods=["POST"])
@access.staff("poster:write")
@idempotent
@blp.arguments(PosterTemplateInput)
@blp.response(201, PosterTemplateSchema)
@blp.fails(*_WRONG, "upload_gone")
def create_template(body: dict[str, Any]) -> PosterTemplate:
    """A new design."""
    return DESIGNS.one(db.session(), DESIGNS.create(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("poster:read")
@blp.response(200, PosterTemplateSchema)
@blp.fails("poster_template_not_found")
def read_template(template_id: int) -> PosterTemplate:
    """One design."""
    return DESIGNS.one(db.session(), template_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("poster:write")
@blp.arguments(PosterTemplateInput)
@blp.response(200, PosterTemplateSchema)
@blp.fails("poster_template_not_found", *_WRONG, "upload_gone")
def change_template(body: dict[str, Any], template_id: int) -> PosterTemplate:
    """Change a design; posters that were made stay as they are."""
    DESIGNS.change(template_id, body)
    return DESIGNS.one(db.session(), template_id)


@blp.route("/poster-previews", methods=["POST"])
@access.staff("poster:write")
@blp.arguments(PreviewInput)
@blp.response(
    200, {"type": "string", "format": "binary"}, content_type="image/jpeg", description="JPEG"
)
@blp.fails("drawing_busy", "storage_unavailable")
def show_preview(body: dict[str, Any]) -> Response:
    """What a layout looks like, with a sample product."""
    return Response(preview(body["layout"]), mimetype="image/jpeg")
