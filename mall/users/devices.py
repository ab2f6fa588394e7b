"""On which devices shoppers were seen: features that know some of it add a book.

Users keeps nothing of devices itself; who must tell one person with two accounts from two people
asks all books.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry


@dataclass(frozen=True)
class DeviceBook:
    """What one feature knows: `users_on(session, device)` are shoppers seen on a device, by what
    the client calls it, within some bound."""

    name: str
    users_on: Callable[[Session, str], frozenset[int]]


DEVICE_BOOKS: Registry[DeviceBook] = Registry("device books", lambda one: one.name)


def users_on(session: Session, device: str) -> frozenset[int]:
    """Shoppers whom any feature saw on this device."""
    books = DEVICE_BOOKS.items().values()
    return frozenset().union(*(book.users_on(session, device) for book in books))
