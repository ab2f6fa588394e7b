"""Passwords: hashed with argon2id, drawn at random where a person needn't choose."""

from __future__ import annotations

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mall.staff.errors import WeakPassword

SHORTEST = 10
LONGEST = 128

# 19 MiB and two passes (OWASP's first choice for argon2id): a web worker stays small even
# when several people log in at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Whether this is the password; takes tens of milliseconds on purpose."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def decoy_hash() -> str:
    """A hash that no password has: checked where there is no account, to take as long."""
    return hash_password(secrets.token_urlsafe(32))


def random_password() -> str:
    """24 characters, 144 random bits."""
    return secrets.token_urlsafe(18)


def require_strong(password: str, *, username: str, current: str) -> None:
    """Raises WeakPassword."""
    weak = len(password) < SHORTEST or password.lower() == username or password == current
    if weak:
        raise WeakPassword(param="new_password")
