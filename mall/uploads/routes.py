"""Sending pictures, and seeing them."""

from __future__ import annotations

from typing import Any

from flask import Response, send_file

from mall.kernel.errors import NotFound
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.schemas import ErrorSchema
from mall.uploads.commands import Owner, keep
from mall.uploads.names import SERVED
from mall.uploads.receiving import picture_of_request
from mall.uploads.schemas import FORM, TakenPictureSchema, shown
from mall.uploads.storage import storage

blp = Blueprint("uploads", __name__, url_prefix="/api/v1", description="图片上传")
TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
A_YEAR_S = 31_536_000


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
def show(name: str) -> Response:
    """A picture or its thumbnail, for whoever knows its name: `<image>` sends no login."""
    fits = SERVED.fullmatch(name)
    file = storage().open(name) if fits else None
    if fits is None or file is None:
        raise NotFound
    response = send_file(file, mimetype=TYPES[fits["type"]], download_name=name, max_age=A_YEAR_S)
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
