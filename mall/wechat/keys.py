"""Which key verifies what WeChat Pay signed: a map from serial to public key.

A merchant has WeChat's public key (`PUB_KEY_ID_…`, fixed, from the console), platform
certificates (hexadecimal serials, downloaded, rotated every few years), or for some days
both, while WeChat moves from the latter to the former.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from mall.wechat.errors import WechatError, WechatUnknown
from mall.wechat.signing import decrypt

log = logging.getLogger(__name__)

REFRESH_S = 12 * 3600
UNKNOWN_SERIAL_PAUSE_S = 600
FIRST_FAILURE_PAUSE_S, MOST_FAILURE_PAUSE_S = 1, 60
"""After a failed download the next one soon: until then no callback can be verified where
nothing is known. Twice as long after each failure in a row."""
_CERTIFICATE_SERIAL = re.compile(r"[0-9A-F]{1,64}", re.ASCII)


@dataclass(frozen=True)
class PlatformKey:
    key: RSAPublicKey
    expires_at: datetime


class KeyRing:
    """Finds keys by serial; safe to share between threads, and never raises.

    Downloads certificates at first need, every 12 h after that, and for a serial that it
    has never seen at most every 10 minutes: the serial of a callback is anybody's claim,
    and mustn't become a way to make us call out. A failed download keeps the old keys, and is
    tried again after a second, then after longer, up to a minute.
    """

    def __init__(
        self,
        fixed: Mapping[str, RSAPublicKey],
        download: Callable[[], Mapping[str, PlatformKey]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fixed = dict(fixed)
        self._download = download
        self._clock = clock
        self._lock = threading.Lock()
        self._certificates: dict[str, PlatformKey] = {}
        self._loaded_at: float | None = None
        self._tried_at: float | None = None
        self._failures = 0

    def find(self, serial: str) -> RSAPublicKey | None:
        """The key of `serial`, or None. May download, within the limits above."""
        if serial in self._fixed:
            return self._fixed[serial]
        serial = plain_serial(serial)
        if not _CERTIFICATE_SERIAL.fullmatch(serial):
            return None
        known = self._valid(serial)
        if known is None:
            self._refresh(wait=True, unless=lambda: self._valid(serial) is not None)
        elif self._age() > REFRESH_S:
            self._refresh(wait=False, unless=lambda: self._age() <= REFRESH_S)
        return self._valid(serial)

    def sealing(self) -> tuple[str, RSAPublicKey] | None:
        """A key to encrypt with, and its serial: WeChat Pay's public key, else that of the
        platform certificate which is valid longest. May download, within the limits above."""
        for serial, key in self._fixed.items():
            return serial, key
        if not self._newest() or self._age() > REFRESH_S:
            self._refresh(wait=True, unless=lambda: self._age() <= REFRESH_S)
        newest = self._newest()
        return (newest, self._certificates[newest].key) if newest else None

    def fixed(self, serial: str) -> RSAPublicKey | None:
        """WeChat Pay's public key when `serial` is its id; never downloads."""
        return self._fixed.get(serial)

    def _newest(self) -> str | None:
        now = datetime.now(UTC)
        valid = {s: one.expires_at for s, one in self._certificates.items() if one.expires_at > now}
        return max(valid, key=lambda serial: valid[serial]) if valid else None

    def _valid(self, serial: str) -> RSAPublicKey | None:
        entry = self._certificates.get(serial)
        return entry.key if entry and entry.expires_at > datetime.now(UTC) else None

    def _age(self) -> float:
        return float("inf") if self._loaded_at is None else self._clock() - self._loaded_at

    def _refresh(self, *, wait: bool, unless: Callable[[], bool]) -> None:
        if not self._lock.acquire(blocking=wait):
            return
        try:
            if unless() or not self._may_try():
                return
            self._tried_at = self._clock()
            # Replaced whole and only on success: a failure must not lose what still works.
            self._certificates = dict(self._download())
            self._loaded_at = self._clock()
            self._failures = 0
        except WechatError as error:
            self._failures += 1
            log.warning("platform certificates can't be downloaded: %s", error)
        finally:
            self._lock.release()

    def _may_try(self) -> bool:
        if self._tried_at is None:
            return True
        return self._clock() - self._tried_at >= self._pause()

    def _pause(self) -> float:
        if not self._failures:
            return UNKNOWN_SERIAL_PAUSE_S
        doublings = min(self._failures - 1, 10)
        return float(min(FIRST_FAILURE_PAUSE_S * 2**doublings, MOST_FAILURE_PAUSE_S))


def plain_serial(serial: str) -> str:
    """A hexadecimal serial in one form: upper case, no leading zeros."""
    return serial.upper().lstrip("0")


def read_certificates(body: bytes, apiv3_key: bytes) -> dict[str, PlatformKey]:
    """Open the reply of `GET /v3/certificates`: plain serial to key.

    The encryption under our APIv3 key is what authenticates the certificates. Raises
    WechatUnknown when the reply isn't one, or holds a certificate that can't be opened.
    """
    try:
        return dict(_read(entry, apiv3_key) for entry in json.loads(body)["data"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"platform certificates that can't be read ({type(error).__name__})"
    raise WechatUnknown(problem)


def _read(entry: Mapping[str, Mapping[str, str]], apiv3_key: bytes) -> tuple[str, PlatformKey]:
    sealed = entry["encrypt_certificate"]
    pem = decrypt(
        apiv3_key, sealed["nonce"], sealed.get("associated_data") or "", sealed["ciphertext"]
    )
    certificate = x509.load_pem_x509_certificate(pem)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("a certificate without an RSA key")
    # Named by the certificate itself, not by the text beside it.
    return plain_serial(f"{certificate.serial_number:X}"), PlatformKey(
        key, certificate.not_valid_after_utc
    )
