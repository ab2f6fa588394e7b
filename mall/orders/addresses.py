"""Where an order goes, as its row keeps it: sealed, and found by receiver or phone.

Two keyed fingerprints (blind indexes) stand beside the sealed text, so that staff find the order
of somebody on the telephone and nobody reads a name in the database.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from mall.kernel.phone_numbers import canonical
from mall.kernel.sealed import sealer
from mall.kernel.seen_text import as_seen
from mall.orders.models import ADDRESS, Order
from mall.users.addressing import AddressSnapshot

RECEIVER = "order.receiver"
PHONE = "order.phone"
"""What the fingerprints are for: equal texts of two purposes have different ones."""


@dataclass(frozen=True, slots=True)
class KeptAddress:
    """The columns of an order's address."""

    sealed: bytes = field(repr=False)
    receiver_index: bytes | None
    phone_index: bytes | None

    @classmethod
    def of(cls, address: AddressSnapshot) -> KeptAddress:
        sealed = sealer().seal(address.to_json(), ADDRESS)
        # Its phone is written in the one way already: reading it again would cost 50 µs.
        by_phone = sealer().blind_index(address.phone, PHONE)
        return cls(sealed, receiver_index(address.receiver), by_phone)

    @classmethod
    def of_order(cls, order: Order) -> KeptAddress | None:
        """That of an order; None for one that goes nowhere, or once it is erased."""
        if order.address_sealed is None:
            return None
        return cls(order.address_sealed, order.receiver_index, order.phone_index)

    def columns(self) -> dict[str, Any]:
        return {
            "address_sealed": self.sealed,
            "receiver_index": self.receiver_index,
            "phone_index": self.phone_index,
        }


def open_address(sealed: bytes | None) -> AddressSnapshot | None:
    """An order's address in clear; None when it has none, or it was erased."""
    if sealed is None:
        return None
    return AddressSnapshot.from_json(sealer().open(sealed, ADDRESS))


def receiver_index(name: str) -> bytes:
    """The fingerprint of a whole name; blanks, width and case of letters don't count."""
    folded = unicodedata.normalize("NFKC", as_seen(name)).casefold()
    return sealer().blind_index("".join(folded.split()), RECEIVER)


def phone_index(phone: str) -> bytes:
    """The fingerprint of a whole number, however it is written."""
    return sealer().blind_index(canonical(phone), PHONE)
