"""What more is known of an entry than its kind, said by the part that made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry
from mall.points.ledger.models import PointsEntry


@dataclass(frozen=True)
class EntryDetails:
    """Of entries of these kinds: `find(session, entries)` gives a short Chinese text by entry id.

    Shoppers read it, so it names no staff.
    """

    kinds: tuple[str, ...]
    find: Callable[[Session, Sequence[PointsEntry]], Mapping[int, str]]


DETAILS: Registry[EntryDetails] = Registry("points entry details", lambda one: one.kinds[0])


def details_of(session: Session, entries: Sequence[PointsEntry]) -> Mapping[int, str]:
    """The details of a page of entries, where there are any; one query a part that knows some."""
    found: dict[int, str] = {}
    for details in DETAILS.items().values():
        own = [entry for entry in entries if entry.kind in details.kinds]
        if own:
            found |= details.find(session, own)
    return found
