"""The cryptography of WeChat Pay APIv3: strings to sign, RSA-SHA256, AES-256-GCM, and RSA-OAEP
for what only WeChat may read.

RSA is PKCS#1 v1.5 over SHA-256, signatures are base64. Each part of a string to sign ends
in a line feed, the last one too.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

SCHEME = "WECHATPAY2-SHA256-RSA2048"


def request_text(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a request signs; `path` has the query and is as on the wire."""
    return f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def reply_text(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What WeChat signs in a reply and in a callback; `body` is the raw bytes."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def payment_text(appid: str, timestamp: str, nonce: str, prepay_id: str) -> bytes:
    """What the parameters of `wx.requestPayment` sign."""
    return f"{appid}\n{timestamp}\n{nonce}\nprepay_id={prepay_id}\n".encode()


def sign(key: RSAPrivateKey, text: bytes) -> str:
    return base64.b64encode(key.sign(text, PKCS1v15(), SHA256())).decode()


def verifies(key: RSAPublicKey, text: bytes, signature: str) -> bool:
    """Whether `signature` is this key's over `text`; False for anything malformed."""
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, text, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def seal(key: RSAPublicKey, plain: str) -> str:
    """A text that only the key's owner can read: RSAES-OAEP with SHA-1, as WeChat asks for."""
    padding = OAEP(mgf=MGF1(SHA1()), algorithm=SHA1(), label=None)  # noqa: S303
    return base64.b64encode(key.encrypt(plain.encode(), padding)).decode()


def decrypt(apiv3_key: bytes, nonce: str, associated_data: str, ciphertext: str) -> bytes:
    """Open a resource or certificate. Raises ValueError when it doesn't open.

    The last 16 bytes of the ciphertext are the tag. `associated_data` may be empty, and
    `nonce` isn't always 12 characters long.
    """
    try:
        raw = base64.b64decode(ciphertext, validate=True)
        return AESGCM(apiv3_key).decrypt(nonce.encode(), raw, associated_data.encode())
    except (binascii.Error, InvalidTag) as error:
        problem = f"can't be decrypted ({type(error).__name__})"
    raise ValueError(problem)


def load_private_key(pem: bytes) -> RSAPrivateKey:
    """The merchant's key from PKCS#8 or PKCS#1 PEM, whatever its line ends.

    Raises ValueError, without the key's text.
    """
    try:
        key = load_pem_private_key(_clean(pem), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an unencrypted RSA private key in PEM form")
    return key


def load_public_key(pem: bytes) -> RSAPublicKey:
    """WeChat Pay's public key from PEM. Raises ValueError."""
    try:
        key = load_pem_public_key(_clean(pem))
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key in PEM form")
    return key


def _clean(pem: bytes) -> bytes:
    return pem.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").strip() + b"\n"
