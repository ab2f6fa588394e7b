"""The picture in a multipart request."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from mall.uploads.errors import PictureMissing
from mall.uploads.pictures import MAX_BYTES

FIELD = "file"
_AROUND_IT = 16 * 1024
"""Room for the boundaries and headers of the multipart body."""


def picture_of_request() -> bytes:
    """The one file of the request, under a body limit of its own.

    Raises PictureMissing, and werkzeug's 413 for more than `MAX_BYTES`.
    """
    request.max_content_length = MAX_BYTES + _AROUND_IT
    file = request.files.get(FIELD)
    if file is None:
        raise PictureMissing(param=FIELD)
    raw = file.stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise RequestEntityTooLarge
    return raw
