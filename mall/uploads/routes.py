"""Sending pictures, and seeing them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response

from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.uploads.commands import Owner, store_picture, store_video
from mall.uploads.names import address_of
from mall.uploads.receiving import picture_of_request, video_of_request
from mall.uploads.schemas import FORM, TakenPictureSchema, TakenVideoSchema, shown
from mall.uploads.serving import serve

blp = Blueprint("uploads", __name__, url_prefix="/api/v1", description="图片和视频上传")


@blp.route("/uploads", methods=["POST"])
@access.shopper
@blp.doc(requestBody=FORM)
@blp.response(201, TakenPictureSchema)
@blp.fails("body_too_large", "picture_missing", "picture_invalid", "too_many_uploads")
@blp.fails("storage_unavailable", "pictures_busy")
def upload() -> dict[str, Any]:
    """Send a picture (JPEG, PNG, WebP). It goes after a day unless something uses it."""
    stored = store_picture(Owner(user_id=current_shopper().user_id), picture_of_request())
    return {**shown(stored.name), "width": stored.width, "height": stored.height}


@blp.route("/videos", methods=["POST"])
@access.shopper
@blp.doc(requestBody=FORM)
@blp.response(201, TakenVideoSchema)
@blp.fails("body_too_large", "video_missing", "video_invalid", "too_many_uploads")
@blp.fails("storage_unavailable")
def upload_video() -> dict[str, Any]:
    """Send an MP4 of up to a minute. It goes after a day unless something uses it."""
    stored = store_video(Owner(user_id=current_shopper().user_id), video_of_request())
    return {**asdict(stored), "url": address_of(stored.name)}


@blp.route("/uploads/<string:name>", methods=["GET"])
@access.public
@blp.response(200, {"type": "string", "format": "binary"}, content_type="*/*")
@blp.fails("not_found", "range_not_satisfiable", "storage_unavailable")
def show(name: str) -> Response:
    """A picture, its thumbnail or a video, for whoever knows its name: `<image>` sends
    no login."""
    return serve(name)
