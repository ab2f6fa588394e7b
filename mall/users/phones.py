"""Phone numbers of shoppers: how they are kept."""

from __future__ import annotations

from mall.kernel.masking import mask_phone
from mall.kernel.sealed import sealer
from mall.users.models import PHONE, User


def sealed_values(phone: str) -> dict[str, bytes]:
    """The columns of a shopper's phone."""
    return {"phone_sealed": sealer().seal(phone, PHONE), "phone_index": index_of(phone)}


def index_of(phone: str) -> bytes:
    """What a shopper is found by."""
    return sealer().blind_index(phone, PHONE)


def masked_phone(user: User) -> str | None:
    """`138****1234`, or None where no phone is known."""
    phone = phone_of(user)
    return None if phone is None else mask_phone(phone)


def phone_of(user: User) -> str | None:
    """The phone in clear, or None where no phone is known. Whoever shows it leaves a trail."""
    return None if user.phone_sealed is None else sealer().open(user.phone_sealed, PHONE)
