"""The picture or the video in a multipart request."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from mall.kernel.errors import MallError
from mall.uploads import pictures, videos
from mall.uploads.errors import PictureMissing, VideoMissing

FIELD = "file"
_MULTIPART_OVERHEAD = 16 * 1024
"""Room for the boundaries and headers of the multipart body."""


def picture_of_request() -> bytes:
    """The one file of the request, under a body limit of its own.

    Raises PictureMissing, and werkzeug's 413 for more than `pictures.MAX_BYTES`.
    """
    return _file(pictures.MAX_BYTES, PictureMissing)


def video_of_request() -> bytes:
    """The same for a video. Raises VideoMissing, and 413 for more than `videos.MAX_BYTES`."""
    return _file(videos.MAX_BYTES, VideoMissing)


def _file(at_most: int, missing: type[MallError]) -> bytes:
    request.max_content_length = at_most + _MULTIPART_OVERHEAD
    file = request.files.get(FIELD)
    if file is None:
        raise missing(param=FIELD)
    raw = file.stream.read(at_most + 1)
    if len(raw) > at_most:
        raise RequestEntityTooLarge
    return raw
