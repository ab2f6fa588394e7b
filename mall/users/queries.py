"""Reads of shoppers and their addresses."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from mall.kernel.errors import NotFound
from mall.kernel.hot import Hot
from mall.users.addressing import AddressSnapshot
from mall.users.contacts import Contact
from mall.users.models import Address, User


def openid_of(session: Session, user_id: int) -> str:
    """The shopper's openid in our mini-program. Raises NotFound."""
    openid = session.scalar(select(User.openid).where(User.id == user_id))
    if openid is None:
        raise NotFound
    return openid


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


_SNAPSHOT = Hot(
    select(Address.region_code, Address.region_names, Address.contact_sealed).where(
        Address.id == bindparam("address_id"), Address.user_id == bindparam("user_id")
    )
)


def address_snapshot(session: Session, user_id: int, address_id: int) -> AddressSnapshot:
    """One of this shopper's addresses as an order keeps it. Raises NotFound."""
    found = _SNAPSHOT.first(session, user_id=user_id, address_id=address_id)
    if found is None:
        raise NotFound(param="address_id")
    contact = Contact.open(found.contact_sealed)
    return AddressSnapshot(
        receiver=contact.receiver,
        phone=contact.phone,
        region_code=found.region_code,
        region_names=found.region_names,
        detail=contact.detail,
    )
