"""Personal data as it may be shown to others than its owner."""

from __future__ import annotations


def mask_phone(phone: str) -> str:
    """`138****1234`; of a short number only the last two digits show."""
    if len(phone) < 9:
        return "****" + phone[-2:]
    return f"{phone[:3]}****{phone[-4:]}"


def mask_text(text: str) -> str:
    """The first character of a name or an address."""
    return text[:1] + "**" if text else ""
