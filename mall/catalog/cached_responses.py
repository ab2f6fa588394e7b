"""Cached responses of the public catalogue reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Response, request
from marshmallow import Schema

from mall.catalog.cache import CACHE
from mall.catalog.listing import until_next_shelf_change_ms
from mall.kernel.cache import CachedBody, LoadedBody, VersionedCache
from mall.kernel.db import db
from mall.kernel.http.cached_responses import JSON, REVALIDATE
from mall.kernel.http.parsing import read_query
from mall.kernel.http.schemas import QuerySchema

_MAX_KNOWN = 10_000
_known: dict[tuple[str, str], tuple[VersionedCache, str, str]] = {}
"""(path, query string) of valid requests → (cache, key of their response in it, endpoint)."""

Build = Callable[[dict[str, Any]], Any]


def find_cached_response(path: str, query: str) -> tuple[CachedBody, str] | None:
    """The answer to a request that was answered before, while this process has it."""
    known = _known.get((path, query))
    if known is None:
        return None
    cache, key, endpoint = known
    entry = cache.local(key)
    return None if entry is None else (entry, endpoint)


def cached_response(
    name: str,
    query: QuerySchema,
    build: Build,
    schema: Schema,
    *,
    skip: tuple[str, ...] = (),
    cache: VersionedCache = CACHE,
) -> Response:
    """Answer a public read from the cache, else by `schema` from what `build` makes of the query.

    A query that gives one of the fields in `skip` is answered without the cache: there are
    too many of them to keep. What the shelf doesn't change has a `cache` of its own.
    """
    asked = read_query(query)

    def load() -> LoadedBody:
        body = dumped(schema, build(asked))
        shelf = until_next_shelf_change_ms(db.session()) if cache is CACHE else None
        return LoadedBody(body, shelf)

    if any(asked.get(field) is not None for field in skip):
        return Response(load().body, content_type="application/json")
    key = f"{name}?{json.dumps(asked, sort_keys=True)}"
    entry = cache.get(key, load)
    if len(_known) >= _MAX_KNOWN:
        _known.clear()
    environ = request.environ
    _known[environ["PATH_INFO"], environ.get("QUERY_STRING", "")] = (
        *(cache, key),
        str(request.endpoint),
    )
    return answer(entry)


def answer(entry: CachedBody) -> Response:
    """The answer, or 304 to a client that has it."""
    if entry.etag in request.environ.get("HTTP_IF_NONE_MATCH", ""):
        return Response(status=304, headers=[("ETag", entry.etag), REVALIDATE])
    return Response(entry.body, headers=[JSON, ("ETag", entry.etag), REVALIDATE])


def dumped(schema: Schema, value: Any) -> bytes:
    """The JSON of a value, as the answer carries it."""
    return json.dumps(schema.dump(value), ensure_ascii=False, separators=(",", ":")).encode()
