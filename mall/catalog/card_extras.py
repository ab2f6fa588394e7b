"""What features above the catalogue show in its cards and on a product's page.

An answer keeps what it was made with as long as it is cached, up to a minute: what must be newer
has an address of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from mall.kernel.http.paging import Page
from mall.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class CardExtra:
    """`find(session, product_ids)` gives a page of products in one read, as plain JSON by id."""

    name: str
    find: Callable[[Session, Collection[int]], Mapping[int, Any]]


CARD_EXTRAS: Registry[CardExtra] = Registry("card extras", lambda one: one.name)


def extras_of(session: Session, product_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """All features' extras of these products, by id, then by the extra's name."""
    found: dict[int, dict[str, Any]] = {product_id: {} for product_id in product_ids}
    for name, one in CARD_EXTRAS.items().items():
        known = one.find(session, product_ids) if found else {}
        for product_id, extras in found.items():
            extras[name] = known.get(product_id)
    return found


def with_extras(session: Session, found: Page[Row[Any]]) -> Page[dict[str, Any]]:
    """A page of cards with their extras."""
    extras = extras_of(session, [row.id for row in found.items])
    items = [{**row._mapping, "extras": extras[row.id]} for row in found.items]
    return Page(items, found.next_cursor)
