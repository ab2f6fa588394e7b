"""The cached answers about reviews. They have a cache of their own, whose entries live for a few
seconds: a review empties no cache, and nothing that was hidden is read for longer."""

from __future__ import annotations

from mall.kernel.cache import VersionedCache

TTL_MS = 5_000
CACHE = VersionedCache("reviews", ttl_ms=TTL_MS)
