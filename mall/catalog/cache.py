"""The cached responses of the catalogue, and how a change invalidates them.

A change invalidates the cache right after its commit. If the process dies in between, or
Redis can't be reached, the job that was deferred in the same transaction does it.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.cache import VersionedCache
from mall.kernel.db import after_commit, before_commit
from mall.kernel.redis import RedisError

CACHE = VersionedCache("catalog")


def catalogue_changed(session: Session) -> None:
    """Say that the open transaction changes what shoppers see. Saying it twice is free."""
    before_commit(session, _defer_refresh)
    after_commit(session, _invalidate_now)


def _defer_refresh(session: Session) -> None:
    jobs.defer(session, "catalog.refresh_cache")


def _invalidate_now(_: Session) -> None:
    try:
        CACHE.invalidate()
    except RedisError:
        return  # the job will


@jobs.job("catalog.refresh_cache")
def refresh_cache() -> None:
    """Invalidate the cache; retried until Redis can be reached."""
    CACHE.invalidate()
