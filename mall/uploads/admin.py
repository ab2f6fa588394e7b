"""Pictures that staff send."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.uploads.commands import Owner, store_picture, store_video
from mall.uploads.names import address_of
from mall.uploads.receiving import picture_of_request, video_of_request
from mall.uploads.schemas import FORM, TakenPictureSchema, TakenVideoSchema, shown

blp = Blueprint("uploads_admin", __name__, url_prefix="/admin/api/v1", description="图片和视频上传")


@blp.route("/uploads", methods=["POST"])
@access.staff("upload:write")
@blp.doc(requestBody=FORM)
@blp.response(201, TakenPictureSchema)
@blp.fails("body_too_large", "picture_missing", "picture_invalid", "too_many_uploads")
@blp.fails("storage_unavailable", "pictures_busy")
def upload() -> dict[str, Any]:
    """Send a picture (JPEG, PNG, WebP). It goes after a day unless something uses it."""
    stored = store_picture(Owner(staff_id=current_staff().staff_id), picture_of_request())
    return {**shown(stored.name), "width": stored.width, "height": stored.height}


@blp.route("/videos", methods=["POST"])
@access.staff("upload:write")
@blp.doc(requestBody=FORM)
@blp.response(201, TakenVideoSchema)
@blp.fails("body_too_large", "video_missing", "video_invalid", "too_many_uploads")
@blp.fails("storage_unavailable")
def upload_video() -> dict[str, Any]:
    """Send an MP4 of up to a minute. It goes after a day unless something uses it."""
    stored = store_video(Owner(staff_id=current_staff().staff_id), video_of_request())
    return {**asdict(stored), "url": address_of(stored.name)}
