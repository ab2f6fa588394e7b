"""Bytes of uploads as answers: whole, or the range that a player asks for.

They go through our own route and not by redirect to the store: only here do they get the
headers that keep a browser from running them, the bucket stays private, and a mini-program
needs one domain. Names never change their bytes, so a CDN may keep them for ever.
"""

from __future__ import annotations

from flask import Response, request
from werkzeug.http import parse_range_header

from mall.kernel.errors import NotFound
from mall.uploads.names import SERVED, type_of
from mall.uploads.storage import ByteRange, Opened, storage

A_YEAR_S = 31_536_000


def serve(name: str) -> Response:
    """The answer to a request for an upload. Raises NotFound, RangeNotSatisfiable."""
    if not SERVED.fullmatch(name):
        raise NotFound
    tag = f'"{name.partition(".")[0]}"'
    if request.if_none_match.contains(tag.strip('"')):
        # It can't have changed, so the bytes needn't be there to say so.
        return _with_headers(Response(status=304), name, tag)
    byte_range = _requested_range(tag)
    opened = storage().open(name, byte_range)
    if opened is None:
        raise NotFound
    return _with_headers(_answer(opened, name, partial=byte_range is not None), name, tag)


def _requested_range(tag: str) -> ByteRange | None:
    """The one range that is asked for; several at once get the whole, as HTTP allows."""
    condition = request.headers.get("If-Range")
    if condition is not None and condition != tag:
        return None
    found = parse_range_header(request.headers.get("Range"))
    if found is None or found.units != "bytes" or len(found.ranges) != 1:
        return None
    first, end = found.ranges[0]
    return first, end


def _answer(opened: Opened, name: str, *, partial: bool) -> Response:
    # 206 even for a range that is all of it: iOS plays nothing that answers 200 to a Range.
    response = Response(opened.chunks, status=206 if partial else 200, mimetype=type_of(name))
    response.call_on_close(opened.close)
    response.content_length = opened.length
    if partial:
        last = opened.first + opened.length - 1
        response.headers["Content-Range"] = f"bytes {opened.first}-{last}/{opened.total}"
    return response


def _with_headers(response: Response, name: str, tag: str) -> Response:
    response.headers["ETag"] = tag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
