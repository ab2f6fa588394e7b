"""A shopper's addresses: at most 20, at most one of them the default."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import NotFound
from mall.users import regions
from mall.users.contacts import Contact
from mall.users.errors import TooManyAddresses
from mall.users.models import Address, User

MOST = 20


@dataclass(frozen=True, slots=True)
class AddressData:
    """What the shopper fills in; the names of the region are ours to know."""

    contact: Contact
    region_code: str
    is_default: bool


def add_address(user_id: int, data: AddressData) -> int:
    """Keep a new address, give its id. The first one becomes the default.

    The same again is the address that is there: an answer may be lost on its way. Raises
    UnknownRegion or TooManyAddresses.
    """
    with transaction() as session:
        lock_addresses(session, user_id)
        known = _same(session, user_id, data)
        if known is not None:
            return known
        count = session.scalar(
            select(func.count()).select_from(Address).where(Address.user_id == user_id)
        )
        if count and count >= MOST:
            raise TooManyAddresses
        is_default = data.is_default or not count
        if is_default:
            clear_default(session, user_id)
        values = _values(session, data) | {"is_default": is_default}
        return session.execute(
            insert(Address).values(user_id=user_id, **values).returning(Address.id)
        ).scalar_one()


def _same(session: Session, user_id: int, data: AddressData) -> int | None:
    """The shopper's address that says the same."""
    rows = session.execute(
        select(Address.id, Address.contact_sealed).where(
            Address.user_id == user_id,
            Address.region_code == data.region_code,
            Address.is_default | (not data.is_default),
        )
    )
    return next((r.id for r in rows if Contact.open(r.contact_sealed) == data.contact), None)


def change_address(user_id: int, address_id: int, data: AddressData) -> None:
    """Replace an address. Raises NotFound (another's too) or UnknownRegion."""
    with transaction() as session:
        lock_addresses(session, user_id)
        if data.is_default:
            clear_default(session, user_id)
        changed = session.execute(
            update(Address)
            .where(Address.id == address_id, Address.user_id == user_id)
            .values(**_values(session, data))
            .returning(Address.id)
        ).first()
        if changed is None:
            raise NotFound(param="address_id")


def remove_address(user_id: int, address_id: int) -> None:
    """Erase an address; orders keep their own copy. Raises NotFound."""
    with transaction() as session:
        removed = session.execute(
            delete(Address)
            .where(Address.id == address_id, Address.user_id == user_id)
            .returning(Address.id)
        ).first()
        if removed is None:
            raise NotFound(param="address_id")


def lock_addresses(session: Session, user_id: int) -> None:
    """Let one change at a time at a shopper's addresses, so that their count and default hold.

    Not FOR UPDATE: that would make the shopper's orders wait, whose foreign key shares
    the row.
    """
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def clear_default(session: Session, user_id: int) -> None:
    """Make room for another default; a unique index refuses a second one."""
    session.execute(
        update(Address)
        .where(Address.user_id == user_id, Address.is_default)
        .values(is_default=False)
    )


def _values(session: Session, data: AddressData) -> dict[str, object]:
    return {
        "region_code": data.region_code,
        "region_names": regions.names_of(session, data.region_code),
        "contact_sealed": data.contact.seal(),
        "is_default": data.is_default,
    }
