"""Addresses of shoppers by the thousand: one is made by the mall, the others are like it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.users.addresses import AddressData, add_address
from mall.users.contacts import Contact

_ADDRESSES = text(
    """
    INSERT INTO addresses (user_id, region_code, region_names, contact_sealed)
    SELECT u.id, a.region_code, a.region_names, a.contact_sealed
    FROM unnest(CAST(:users AS bigint[])) AS u(id), addresses a
    WHERE a.id = :like AND u.id <> a.user_id
    RETURNING user_id, id
    """
)


def give_addresses(session: Session, users: Sequence[int]) -> list[tuple[int, int]]:
    """An address for each of these shoppers, in a transaction: (shopper, address)."""
    region = session.scalar(text("SELECT code FROM regions WHERE level = 3 LIMIT 1"))
    contact = Contact("测试", "13800138000", "某路 1 号")
    like = add_address(users[0], AddressData(contact, str(region), is_default=False))
    rows = session.execute(_ADDRESSES, {"users": list(users), "like": like})
    return [(users[0], like), *((row.user_id, row.id) for row in rows)]
