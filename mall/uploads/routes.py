"""Sending pictures, and seeing them."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.schemas import ErrorSchema
from mall.uploads.commands import Owner, keep
from mall.uploads.receiving import picture_of_request
from mall.uploads.schemas import FORM, TakenPictureSchema, shown
from mall.uploads.serving import served

blp = Blueprint("uploads", __name__, url_prefix="/api/v1", description="图片上传")


@blp.route("/uploads", methods=["POST"])
@access.shopper
@blp.doc(requestBody=FORM)
@blp.response(201, TakenPictureSchema)
@blp.alt_response(413, schema=ErrorSchema, description="body_too_large: over 10 MB")
@blp.alt_response(422, schema=ErrorSchema, description="picture_missing, picture_invalid")
@blp.alt_response(429, schema=ErrorSchema, description="too_many_uploads")
def upload() -> dict[str, Any]:
    """Send a picture (JPEG, PNG, WebP). It goes after a day unless something uses it."""
    kept = keep(Owner(user_id=current_shopper().user_id), picture_of_request())
    return {**shown(kept.name), "width": kept.width, "height": kept.height}


@blp.route("/uploads/<string:name>", methods=["GET"])
@access.public
@blp.response(200, {"type": "string", "format": "binary"}, content_type="image/*")
@blp.alt_response(404, schema=ErrorSchema, description="not_found")
@blp.alt_response(416, schema=ErrorSchema, description="range_not_satisfiable")
@blp.alt_response(503, schema=ErrorSchema, description="storage_unavailable")
def show(name: str) -> Response:
    """A picture or its thumbnail, for whoever knows its name: `<image>` sends no login."""
    return served(name)
