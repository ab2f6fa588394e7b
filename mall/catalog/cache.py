"""The ready answers of the catalogue, and how a change makes them worthless.

A change bumps the version right after its commit. Should the process die in between, or
Redis be away, the job that was deferred in the same transaction does it again.
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
    after_commit(session, _bump_now)


def _defer_refresh(session: Session) -> None:
    jobs.defer(session, "catalog.refresh_cache")


def _bump_now(_: Session) -> None:
    try:
        CACHE.bump()
    except RedisError:
        return  # the job will


@jobs.job("catalog.refresh_cache")
def refresh_cache() -> None:
    """Bump the version; retried until Redis has been told."""
    CACHE.bump()
