"""Ready answers of the public reads, with the least work for one that is at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Response, request
from marshmallow import Schema

from mall.catalog.cache import CACHE
from mall.catalog.listing import until_next_shelf_change_ms
from mall.kernel.cache import Entry, Loaded
from mall.kernel.db import db
from mall.kernel.http.parsing import read_query
from mall.kernel.http.schemas import QuerySchema

_MAX_KNOWN = 4_096
_known: dict[tuple[str, str], str] = {}
"""Query strings that were found good, with the key of their answer: parsed once each."""

_JSON, _REVALIDATE = ("Content-Type", "application/json"), ("Cache-Control", "no-cache")

Build = Callable[[dict[str, Any]], Any]


def answer(entry: Entry) -> Response:
    """The answer, or 304 to a client that has it."""
    given = request.environ.get("HTTP_IF_NONE_MATCH")
    if given is not None and entry.etag in given:
        return Response(status=304, headers=[("ETag", entry.etag), _REVALIDATE])
    return Response(entry.body, headers=[_JSON, ("ETag", entry.etag), _REVALIDATE])


def cached_answer(
    name: str, query: QuerySchema, build: Build, schema: Schema, *, skip: tuple[str, ...] = ()
) -> Response:
    """Answer a public read from the cache, else by `schema` from what `build` makes of the query.

    A query that gives one of the fields in `skip` is answered without the cache: there are
    too many of them to keep. Every query string is held against the schema before its
    answer is kept, so a bad one is refused as everywhere.
    """
    raw = request.environ.get("QUERY_STRING", "")
    key = _known.get((name, raw))
    entry = CACHE.local(key) if key is not None else None
    if entry is not None:
        return answer(entry)
    asked = read_query(query)

    def load() -> Loaded:
        body = dumped(schema, build(asked))
        return Loaded(body, until_next_shelf_change_ms(db.session()))

    if any(asked.get(field) is not None for field in skip):
        return Response(load().body, content_type="application/json")
    key = f"{name}?{json.dumps(asked, sort_keys=True)}"
    entry = CACHE.get(key, load)
    if len(_known) >= _MAX_KNOWN:
        _known.clear()
    _known[name, raw] = key
    return answer(entry)


def dumped(schema: Schema, value: Any) -> bytes:
    """The JSON of a value, as the answer carries it."""
    return json.dumps(schema.dump(value), ensure_ascii=False, separators=(",", ":")).encode()
