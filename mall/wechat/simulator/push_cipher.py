"""The message push's envelope in safe mode (AES-256-CBC, SHA-1 signature).

Source: the mini program's message-push documentation; published samples in the tests.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 32  # WeChat pads to 32 bytes, not to AES's 16
_HEAD = 16  # random bytes before the length


def push_signature(*parts: str) -> str:
    """SHA-1 over the sorted parts: token, timestamp, nonce and, in safe mode, Encrypt."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324


def encrypt_push(aes_key: str, appid: str, message: bytes, head: bytes | None = None) -> str:
    """Base64 of the sealed message; `head` replaces the 16 random bytes in tests only."""
    key = _key(aes_key)
    random_head = secrets.token_bytes(_HEAD) if head is None else head
    plain = random_head + struct.pack(">I", len(message)) + message + appid.encode()
    fill = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def _key(aes_key: str) -> bytes:
    return base64.b64decode(aes_key + "=")
