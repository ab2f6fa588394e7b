"""The purchase token: an attempt that shows one is checked without any look-up.

A short-lived signed text for one shopper, one session and one device. The mini-program fetches
one shortly before the start and sends it as `Flash-Pass`:

    p1.<key id>.<user>.<session>.<flags>.<expires>.<HMAC-SHA256 of all before and the device>

It is checked by the web host's own clock, as often as a shopper attempts. That the shopper
is still welcome is checked again before the order.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from time import time
from typing import NamedTuple

from mall.config import Config
from mall.flashsale.gate.records import NEW_CUSTOMER
from mall.kernel.sealed import signing_keys

_VERSION = "p1"
_PURPOSE = b"mall flash-sale pass"
_MAC_DIGITS = 32
DEVICE = re.compile(r"[0-9A-Za-z_-]{8,64}", re.ASCII)


class TokenExpired(Exception):
    """It was a good one."""


class TokenInvalid(Exception):
    """Forged, altered, of a key that is gone, or from another device."""


class PurchaseToken(NamedTuple):
    """Which shopper a purchase token is for, and in which session."""

    user_id: int
    session_id: int
    flags: int


@dataclass(frozen=True)
class TokenKeys:
    """The keys of purchase tokens, from those of the configuration: the first signs, all verify."""

    current: str
    keys: dict[str, hmac.HMAC]

    @classmethod
    def of(cls, config: Config) -> TokenKeys:
        derived = signing_keys(config, _PURPOSE)
        keys = {_name(key_id): _keyed(key) for key_id, key in derived.items()}
        return cls(next(iter(keys)), keys)

    def sign(
        self, *, user_id: int, session_id: int, device: str, new_customer: bool, expires: int
    ) -> str:
        """A purchase token that is good until `expires` (Unix time, s)."""
        flags = NEW_CUSTOMER if new_customer else 0
        said = f"{_VERSION}.{self.current}.{user_id}.{session_id}.{flags}.{expires}"
        return f"{said}.{_mac(self.keys[self.current], said, device)}"

    def check(self, text: str, device: str) -> PurchaseToken:
        """What `text` says, if it is a token of this device. Raises TokenInvalid, TokenExpired."""
        said, _, given = text.rpartition(".")
        parts = said.split(".")
        if len(parts) != 6 or len(text) > 200 or not text.isascii():
            raise TokenInvalid
        key = self.keys.get(parts[1])
        if key is None or not hmac.compare_digest(_mac(key, said, device), given):
            raise TokenInvalid
        if int(parts[5]) <= time():
            raise TokenExpired
        return PurchaseToken(int(parts[2]), int(parts[3]), int(parts[4]))


def _name(key_id: str) -> str:
    """A key's id as a token shows it: without dots, and without the operator's own name for it."""
    return hashlib.sha256(key_id.encode()).hexdigest()[:6]


def _keyed(key: bytes) -> hmac.HMAC:
    """Ready to be copied: half of the work of a MAC is taking its key in."""
    return hmac.new(key, digestmod="sha256")


def _mac(keyed: hmac.HMAC, said: str, device: str) -> str:
    mac = keyed.copy()
    mac.update(f"{said}|{device}".encode("utf-8", "surrogateescape"))
    return mac.hexdigest()[:_MAC_DIGITS]
