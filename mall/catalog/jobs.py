"""The catalogue's work after a commit."""

from __future__ import annotations

from mall.catalog.search_index import reindex
from mall.kernel import jobs
from mall.kernel.db import transaction


@jobs.job("catalog.reindex")
def reindex_products(spu_ids: list[int]) -> None:
    """Write the search column of these products anew: a name that they repeat has changed."""
    with transaction() as session:
        reindex(session, spu_ids)
