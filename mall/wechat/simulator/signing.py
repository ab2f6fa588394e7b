"""WeChat's side of the signatures and ciphers, written for the simulator alone.

It shares no code with the mall's client, so that an error in one shows against the
other; `tests/simulator/test_vectors.py` holds it to published samples. Sources: the
APIv3 merchant documentation (request signing, reply verification, callback decryption).
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SCHEME = "WECHATPAY2-SHA256-RSA2048"
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"

_PART = re.compile(r'\s*(mchid|nonce_str|signature|timestamp|serial_no)="([^"]*)"\s*')


@dataclass(frozen=True)
class Authorization:
    """The five parts of a merchant's Authorization header."""

    mchid: str
    nonce_str: str
    signature: str
    timestamp: str
    serial_no: str


def parse_authorization(header: str) -> Authorization | None:
    """The header's parts, in any order; None unless all five are there exactly once."""
    scheme, _, rest = header.partition(" ")
    if scheme != SCHEME:
        return None
    parts: dict[str, str] = {}
    for piece in rest.split(","):
        match = _PART.fullmatch(piece)
        if match is None or match[1] in parts:
            return None
        parts[match[1]] = match[2]
    return Authorization(**parts) if len(parts) == 5 else None


def request_message(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a merchant signs; `target` is path and query as they were on the wire."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def reply_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What WeChat signs in replies and callbacks."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def pay_message(appid: str, timestamp: str, nonce: str, package: str) -> bytes:
    """What the mini program's `paySign` covers; `package` is `prepay_id=…`."""
    return f"{appid}\n{timestamp}\n{nonce}\n{package}\n".encode()


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """Base64 of RSASSA-PKCS1-v1_5 over SHA-256."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def encrypt_resource(
    apiv3_key: str, plaintext: bytes, associated_data: str | None, nonce: str | None = None
) -> dict[str, str]:
    """A callback's or certificate's `resource`: AES-256-GCM under the APIv3 key.

    `associated_data=None` leaves the field out, as WeChat sometimes does. `nonce` replaces the
    random one in tests only.
    """
    nonce = nonce or secrets.token_hex(6)
    sealed = AESGCM(apiv3_key.encode()).encrypt(
        nonce.encode(), plaintext, (associated_data or "").encode()
    )
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": nonce,
    }
    if associated_data is not None:
        resource["associated_data"] = associated_data
    return resource


def decrypt_field(key: RSAPrivateKey, ciphertext: str) -> str:
    """A request's sensitive field: RSA-OAEP with SHA-1, as the APIv3 rules have it."""
    oaep = padding.OAEP(
        mgf=padding.MGF1(hashes.SHA1()),  # noqa: S303 - the protocol's choice
        algorithm=hashes.SHA1(),  # noqa: S303
        label=None,
    )
    return key.decrypt(base64.b64decode(ciphertext, validate=True), oaep).decode()
