"""The account that the simulator plays: made once, kept in its state directory.

What a shop would get from the mini program's and the merchant's consoles is drawn at
the first run: identifiers, secrets, three RSA key pairs and two certificates. The files
are readable by their owner only, and none of them belongs in a repository.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import string
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

_INDEX = "credentials.json"
_ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True, kw_only=True, repr=False)
class Credentials:
    """One mini program and its merchant account. Paths are relative to `directory`."""

    directory: Path
    appid: str
    original_id: str
    secret: str
    push_token: str
    push_aes_key: str
    mchid: str
    mch_serial: str
    apiv3_key: str
    public_key_id: str
    platform_serial: str

    def file(self, name: str) -> Path:
        return self.directory / name

    @cached_property
    def mch_key(self) -> RSAPrivateKey:
        """The merchant's key; the simulator itself only needs its public half."""
        return self._key("merchant_key.pem")

    @property
    def mch_public_key(self) -> RSAPublicKey:
        return self.mch_key.public_key()

    @cached_property
    def pay_key(self) -> RSAPrivateKey:
        """WeChat Pay's own key behind the WeChat Pay public key."""
        return self._key("wechat_pay_key.pem")

    @cached_property
    def platform_key(self) -> RSAPrivateKey:
        """WeChat Pay's own key behind the platform certificate."""
        return self._key("platform_key.pem")

    @cached_property
    def platform_certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.file("platform_certificate.pem").read_bytes())

    def environment(self, base_url: str, public_key_mode: bool = True) -> dict[str, str]:
        """The MALL_WECHAT_* variables with which the mall talks to a simulator at `base_url`."""
        key_file = str(self.file("wechat_pay_public_key.pem"))
        return {
            "MALL_WECHAT_API_BASE": base_url,
            "MALL_WECHAT_APPID": self.appid,
            "MALL_WECHAT_SECRET": self.secret,
            "MALL_WECHAT_PUSH_TOKEN": self.push_token,
            "MALL_WECHAT_PUSH_AES_KEY": self.push_aes_key,
            "MALL_WECHAT_PAY_BASE": base_url,
            "MALL_WECHAT_MCHID": self.mchid,
            "MALL_WECHAT_MCH_SERIAL": self.mch_serial,
            "MALL_WECHAT_MCH_KEY_FILE": str(self.file("merchant_key.pem")),
            "MALL_WECHAT_APIV3_KEY": self.apiv3_key,
            "MALL_WECHAT_PAY_PUBLIC_KEY_ID": self.public_key_id if public_key_mode else "",
            "MALL_WECHAT_PAY_PUBLIC_KEY_FILE": key_file if public_key_mode else "",
        }

    def _key(self, name: str) -> RSAPrivateKey:
        key = load_pem_private_key(self.file(name).read_bytes(), password=None)
        assert isinstance(key, RSAPrivateKey)
        return key


def ensure_credentials(state_dir: Path) -> Credentials:
    """The account kept in `state_dir`, drawn there first if need be.

    Safe when several processes ask at once: the first one draws, the others read.
    """
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    directory = state_dir.resolve()
    with open(directory / "credentials.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        index = directory / _INDEX
        if not index.exists():
            _draw(directory)
        return Credentials(directory=directory, **json.loads(index.read_text()))


def _draw(directory: Path) -> None:
    mch_serial, platform_serial = _serial(), _serial()
    credentials = Credentials(
        directory=directory,
        appid="wx" + secrets.token_hex(8),
        original_id="gh_" + secrets.token_hex(6),
        secret=secrets.token_hex(16),
        push_token=_letters(24),
        push_aes_key=_aes_key(),
        mchid="19" + _digits(8),
        mch_serial=f"{mch_serial:040X}",
        apiv3_key=_letters(32),
        public_key_id="PUB_KEY_ID_" + "0" + _digits(39),
        platform_serial=f"{platform_serial:040X}",
    )
    mch_key, pay_key, platform_key = _new_key(), _new_key(), _new_key()
    _write(directory / "merchant_key.pem", _private_pem(mch_key))
    _write(directory / "wechat_pay_key.pem", _private_pem(pay_key))
    _write(directory / "platform_key.pem", _private_pem(platform_key))
    _write(
        directory / "wechat_pay_public_key.pem",
        pay_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )
    _write(
        directory / "merchant_certificate.pem",
        _certificate(mch_key, mch_serial, f"Merchant {credentials.mchid}"),
    )
    _write(
        directory / "platform_certificate.pem",
        _certificate(platform_key, platform_serial, "Simulated WeChat Pay platform"),
    )
    values = asdict(credentials)
    del values["directory"]
    _write(directory / _INDEX, json.dumps(values, indent=1).encode())  # last: marks completion


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)


def _new_key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private_pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(key: RSAPrivateKey, serial: int, common_name: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=serial,
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=5 * 365),
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _serial() -> int:
    """40 hex digits without a leading zero, within what X.509 allows (below 2^159)."""
    return (1 + secrets.randbelow(7)) << 156 | secrets.randbits(156)


def _letters(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def _digits(length: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(length))


def _aes_key() -> str:
    """43 characters that are strict base64 of 32 bytes once `=` is added."""
    return _letters(42) + secrets.choice("AEIMQUYcgkosw048")
