"""Checks of single values. None shows the value: it may be a secret."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

from environs import ValidationError, validate

_LIMIT = re.compile(r"(?:[1-9][0-9]{0,8}/(?:second|minute|hour|day))?\Z", re.ASCII)

is_limit = validate.Regexp(
    _LIMIT,
    error="must be like 30/minute (second, minute, hour, day), or empty",
)


def one_of(*choices: str) -> validate.OneOf:
    """The value is one of these."""
    return validate.OneOf(choices, error="must be one of {choices}")


def is_32_bytes(value: str) -> None:
    """The value has 32 bytes in UTF-8."""
    if len(value.encode()) != 32:
        raise ValidationError("must be exactly 32 bytes")


def is_file(value: str) -> None:
    """The value is empty, or names a file that is there."""
    if value and not Path(value).is_file():
        raise ValidationError(f"no such file: {value}")


def is_key(value: str) -> None:
    """The value is base64 of 32 bytes."""
    if not _is_key(value):
        raise ValidationError("must be base64 of 32 bytes")


def are_named_keys(value: str) -> None:
    """The value is "id:base64[,id:base64…]", each key of 32 bytes."""
    for place, part in enumerate(value.split(","), start=1):
        key_id, _, encoded = part.partition(":")
        if not key_id or not _is_key(encoded):
            raise ValidationError(f"key {place} is not id:base64 of 32 bytes")


def _is_key(encoded: str) -> bool:
    try:
        return len(base64.b64decode(encoded, validate=True)) == 32
    except binascii.Error:
        return False
