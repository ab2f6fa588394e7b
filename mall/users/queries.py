"""Reads of shoppers and their addresses."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from mall.kernel.db import int_array
from mall.kernel.errors import NotFound
from mall.kernel.prepared import PreparedStatement
from mall.users.addressing import AddressSnapshot
from mall.users.contacts import Contact
from mall.users.errors import AccountClosed
from mall.users.models import Address, User

_HOLD = PreparedStatement(
    "SELECT id FROM users WHERE id = :user_id AND closed_at IS NULL FOR KEY SHARE"
)


def openid_of(session: Session, user_id: int) -> str:
    """The shopper's openid in our mini-program. Raises NotFound, for a closed account too."""
    openid = known_openid(session, user_id)
    if openid is None:
        raise NotFound
    return openid


def known_openid(session: Session, user_id: int) -> str | None:
    """The shopper's openid in our mini-program; None once the account is closed."""
    return session.scalar(select(User.openid).where(User.id == user_id))


def open_accounts(session: Session, user_ids: Collection[int]) -> set[int]:
    """Those of these shoppers whose account isn't closed."""
    query = select(User.id).where(User.id.in_(user_ids), User.closed_at.is_(None))
    return set(session.scalars(query))


def hold_open_account(session: Session, user_id: int) -> None:
    """Keep the account open until the commit: whoever closes it waits. Raises AccountClosed."""
    if _HOLD.first(session, user_id=user_id) is None:
        raise AccountClosed


def is_same_person(session: Session, user_id: int, other_id: int) -> bool:
    """Whether two accounts are one person's: the same account, unionid or verified phone."""
    if user_id == other_id:
        return True
    other = aliased(User)
    same = select(User.id).where(
        User.id == user_id,
        other.id == other_id,
        or_(User.unionid == other.unionid, User.phone_index == other.phone_index),
    )
    return session.scalar(same) is not None


def user(session: Session, user_id: int) -> User:
    """A shopper by id. Raises NotFound."""
    found = session.scalar(select(User).where(User.id == user_id))
    if found is None:
        raise NotFound
    return found


def addresses(session: Session, user_id: int) -> list[Address]:
    """A shopper's addresses, the default first, then the newest."""
    return list(
        session.scalars(
            select(Address)
            .where(Address.user_id == user_id)
            .order_by(Address.is_default.desc(), Address.id.desc())
        )
    )


def address(session: Session, user_id: int, address_id: int) -> Address:
    """One of this shopper's addresses. Raises NotFound, for another's too."""
    found = session.scalar(
        select(Address).where(Address.id == address_id, Address.user_id == user_id)
    )
    if found is None:
        raise NotFound(param="address_id")
    return found


_SNAPSHOT = PreparedStatement(
    select(Address.region_code, Address.region_names, Address.contact_sealed).where(
        Address.id == bindparam("address_id"), Address.user_id == bindparam("user_id")
    )
)


def address_snapshot(session: Session, user_id: int, address_id: int) -> AddressSnapshot:
    """One of this shopper's addresses as an order keeps it. Raises NotFound."""
    found = _SNAPSHOT.first(session, user_id=user_id, address_id=address_id)
    if found is None:
        raise NotFound(param="address_id")
    return _as_kept(found)


_SNAPSHOTS = PreparedStatement(
    """
    SELECT a.user_id, a.id, a.region_code, a.region_names, a.contact_sealed
    FROM (
        SELECT DISTINCT * FROM unnest(
            CAST(:user_ids AS bigint[]), CAST(:address_ids AS bigint[])
        ) AS w(user_id, address_id)
    ) wanted
    JOIN addresses a ON a.id = wanted.address_id AND a.user_id = wanted.user_id
    JOIN users u ON u.id = a.user_id AND u.closed_at IS NULL
    FOR KEY SHARE OF u
    """
)
"""An account that has an address here stays open until the commit."""


def address_snapshots(
    session: Session, wanted: Collection[tuple[int, int]]
) -> dict[tuple[int, int], AddressSnapshot]:
    """Many of them, by (user id, address id), in one statement; what isn't there is left out.

    The accounts stay open until the commit. Needs an open transaction().
    """
    if not wanted:
        return {}
    rows = _SNAPSHOTS.rows(
        session,
        user_ids=int_array(user_id for user_id, _ in wanted),
        address_ids=int_array(address_id for _, address_id in wanted),
    )
    return {(row.user_id, row.id): _as_kept(row) for row in rows}


def _as_kept(row: Any) -> AddressSnapshot:
    contact = Contact.open(row.contact_sealed)
    return AddressSnapshot(
        receiver=contact.receiver,
        phone=contact.phone,
        region_code=row.region_code,
        region_names=row.region_names,
        detail=contact.detail,
    )
