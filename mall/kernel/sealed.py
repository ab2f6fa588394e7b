"""Personal data at rest: AES-256-GCM with a key id, and an HMAC blind index for look-ups.

A sealed value is `key id | 12-byte nonce | ciphertext + tag`; its purpose (for example
"user.phone") is authenticated with it, so a value can't be moved to another column.
A new key is put first in MALL_PERSONAL_DATA_KEYS; the old ones stay for reading. Keys that sign
tokens are derived from the same ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app

from mall.config import Config

_EXTENSION = "mall.sealer"


class Sealer:
    """Seals and opens text with the keys of the configuration."""

    def __init__(self, config: Config) -> None:
        keys = _keys(config)
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(keys))
        key_id = self._current.encode()
        self.current_prefix = bytes([len(key_id)]) + key_id
        """How every value begins that is sealed under the current key."""
        self._index_key = base64.b64decode(config.blind_index_key)

    def seal(self, text: str, purpose: str) -> bytes:
        """Encrypt `text` under the current key."""
        nonce = os.urandom(12)
        boxed = self._ciphers[self._current].encrypt(nonce, text.encode(), purpose.encode())
        return self.current_prefix + nonce + boxed

    def open(self, sealed: bytes, purpose: str) -> str:
        """Decrypt; raises KeyError for a key that is gone, InvalidTag for altered bytes."""
        size = sealed[0]
        key_id = sealed[1 : 1 + size].decode()
        nonce = sealed[1 + size : 13 + size]
        return self._ciphers[key_id].decrypt(nonce, sealed[13 + size :], purpose.encode()).decode()

    def blind_index(self, text: str, purpose: str) -> bytes:
        """A keyed fingerprint: equal texts of one purpose have equal indexes."""
        message = purpose.encode() + b"\0" + text.encode()
        return hmac.digest(self._index_key, message, hashlib.sha256)


def signing_keys(config: Config, purpose: bytes) -> dict[str, bytes]:
    """Keys of a purpose's own by key id, derived from those of the configuration: the first is
    the current one, all are good for checking."""
    return {
        key_id: hmac.digest(key, purpose, hashlib.sha256) for key_id, key in _keys(config).items()
    }


def _keys(config: Config) -> dict[str, bytes]:
    pairs = (part.split(":", 1) for part in config.personal_data_keys.split(","))
    return {key_id: base64.b64decode(key) for key_id, key in pairs}


def init_sealer(app: Flask, config: Config) -> None:
    app.extensions[_EXTENSION] = Sealer(config)


def sealer() -> Sealer:
    return cast(Sealer, current_app.extensions[_EXTENSION])
