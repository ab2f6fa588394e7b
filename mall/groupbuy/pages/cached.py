"""Public answers of group-buy: kept for a moment, each given with the shop's time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Response
from marshmallow import Schema

from mall.catalog.cached_responses import dumped
from mall.kernel.cache import LoadedBody, VersionedCache
from mall.kernel.db import db
from mall.kernel.shop_clock import CLOCK

CACHE = VersionedCache("groupbuy", ttl_ms=1_000, local_ms=400)
"""Short, as what is left changes without anybody telling the cache."""


def answer(
    name: str, asked: dict[str, Any], build: Callable[[], Any], schema: Schema, *, keep: bool
) -> Response:
    """What `build` makes, by `schema`, from the cache unless it isn't to be kept there.

    The time in it is of this moment, so no client may keep it.
    """

    def load() -> LoadedBody:
        return LoadedBody(dumped(schema, build()))

    key = f"{name}?{json.dumps(asked, sort_keys=True)}"
    body = CACHE.get(key, load).body if keep else load().body
    now = server_time().isoformat(timespec="milliseconds")
    response = Response(
        b'{"server_time":"' + now.encode() + b'",' + body[1:], content_type="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def server_time() -> datetime:
    """The time by the database's clock; countdowns go by it, not by the phone."""
    return datetime.fromtimestamp(CLOCK.now_ms(db.session()) / 1000, UTC)
