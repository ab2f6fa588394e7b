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


def decrypt_push(aes_key: str, appid: str, encrypted: str) -> bytes:
    """The message inside; ValueError when padding, length or appid are wrong."""
    key = _key(aes_key)
    decryptor = Cipher(AES(key), CBC(key[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(encrypted, validate=True)) + decryptor.finalize()
    fill = plain[-1]
    if not 1 <= fill <= _BLOCK or plain[-fill:] != bytes([fill]) * fill:
        raise ValueError("bad padding")
    content = plain[:-fill]
    (length,) = struct.unpack(">I", content[_HEAD : _HEAD + 4])
    message, owner = content[_HEAD + 4 : _HEAD + 4 + length], content[_HEAD + 4 + length :]
    if len(message) != length or owner.decode() != appid:
        raise ValueError("not a message of this app")
    return message


def _key(aes_key: str) -> bytes:
    return base64.b64decode(aes_key + "=")
