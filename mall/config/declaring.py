"""How a setting is declared, and read from its text."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import field


class ConfigurationError(Exception):
    """The environment can't start the mall; the text says which variable and what it wants."""


def _env(name: str, default: str | None = None, *, secret: bool = False) -> dict[str, object]:
    return {"env": name, "default": default, "secret": secret}


def setting(name: str, default: str | None, *, secret: bool = False, doc: str) -> str:
    """Declare a text setting; `default=None` makes it required."""
    metadata = _env(name, default, secret=secret) | {"doc": doc, "kind": "text"}
    return field(metadata=metadata)  # type: ignore[no-any-return]


def number(name: str, default: int, *, doc: str, at_least: int = 0) -> int:
    """Declare a whole-number setting (its unit is in the variable's name)."""
    metadata = _env(name, str(default)) | {"doc": doc, "kind": "int", "at_least": at_least}
    return field(metadata=metadata)  # type: ignore[no-any-return]


def parsed(raw: str, metadata: Mapping[str, object]) -> str | int:
    """The value of a declared setting. Raises ValueError that says what it wants."""
    if metadata["kind"] != "int":
        return raw.strip()
    try:
        value = int(raw)
    except ValueError:
        raise ValueError(f"must be a whole number, not {raw!r}") from None
    if value < int(str(metadata["at_least"])):
        raise ValueError(f"must be at least {metadata['at_least']}")
    return value


def is_key(encoded: str) -> bool:
    """True for base64 of 32 bytes."""
    try:
        return len(base64.b64decode(encoded, validate=True)) == 32
    except binascii.Error:
        return False
