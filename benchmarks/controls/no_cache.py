"""The mall whose public answers are loaded from PostgreSQL at each request."""

from __future__ import annotations

from collections.abc import Callable

from mall.kernel import cache
from mall.kernel.cache import CachedBody, LoadedBody, VersionedCache


def _load(_cache: VersionedCache, _key: str, load: Callable[[], LoadedBody]) -> CachedBody:
    return cache.cached_body(load().body)


VersionedCache.get = _load  # type: ignore[assignment, method-assign]

from mall.application import create_app  # noqa: E402
from mall.kernel.http.front import Front  # noqa: E402

app = Front(create_app())
