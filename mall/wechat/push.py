"""Message push: events and messages that WeChat posts to us.

WeChat signs the query (`signature`), and in encrypted mode the body too
(`msg_signature`). The plain signature doesn't cover the body, so whoever has seen one
query could forge another body for five minutes: plain bodies are taken only where the
caller allows them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import WeChatCipher

from mall.wechat.errors import NotificationRejected

MAX_SKEW_S = 300
_BLOCK = 32
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True)
class PushMessage:
    """One verified push. `fields` is the message as sent: XML gives text values only."""

    fields: dict[str, Any] = field(repr=False)

    @property
    def msg_type(self) -> str:
        return self._text("MsgType")

    @property
    def event(self) -> str:
        """The event's name, or empty for a message that is no event."""
        return self._text("Event")

    @property
    def openid(self) -> str:
        return self._text("FromUserName")

    @property
    def dedupe_key(self) -> str:
        """The same for every delivery of one push: WeChat repeats it up to three times."""
        if self._text("MsgId"):
            return f"msg:{self._text('MsgId')}"
        canonical = json.dumps(self.fields, sort_keys=True, ensure_ascii=True)
        return f"event:{hashlib.sha256(canonical.encode()).hexdigest()}"

    def _text(self, name: str) -> str:
        value = self.fields.get(name)
        return "" if value is None else str(value)


class MessagePush:
    """Opens what WeChat pushes; safe to share between threads."""

    def __init__(self, *, token: str, aes_key: str, appid: str, allow_plain: bool) -> None:
        """`aes_key` is the console's EncodingAESKey of 43 characters (ValueError otherwise)."""
        key = base64.b64decode(aes_key + "=")
        if len(key) != 32:
            raise ValueError("EncodingAESKey must be 43 characters")
        self._token = token
        self._appid = appid
        self._cipher = WeChatCipher(key)
        self._allow_plain = allow_plain

    def verify_url(self, query: Mapping[str, str]) -> str:
        """Answer the console's URL check: the text to send back verbatim, as text/plain.

        Raises NotificationRejected.
        """
        self._check(query, "signature")
        return _required(query, "echostr")

    def open_push(
        self, query: Mapping[str, str], body: bytes, content_type: str = ""
    ) -> PushMessage:
        """Verify, decrypt and parse a push, JSON or XML.

        Raises NotificationRejected and nothing else, whatever the input.
        """
        self._check(query, "signature")
        outer = _parse(body, content_type)
        sealed = outer.get("Encrypt")
        if sealed is None:
            if not self._allow_plain or query.get("encrypt_type") == "aes":
                raise NotificationRejected("plain_body")
            return PushMessage(outer)
        if not isinstance(sealed, str):
            raise NotificationRejected("malformed")
        self._check(query, "msg_signature", sealed)
        return PushMessage(_parse(self._decrypt(sealed), content_type))

    def _check(self, query: Mapping[str, str], name: str, sealed: str | None = None) -> None:
        timestamp = _required(query, "timestamp")
        if not _SECONDS.fullmatch(timestamp) or abs(time.time() - int(timestamp)) > MAX_SKEW_S:
            raise NotificationRejected("stale")
        parts = [self._token, timestamp, _required(query, "nonce")]
        if sealed is not None:
            parts.append(sealed)
        given = _required(query, name)
        try:
            # Order of the bytes, as WeChat sorts, not of the characters.
            joined = b"".join(sorted(part.encode() for part in parts))
            matches = hmac.compare_digest(
                hashlib.sha1(joined, usedforsecurity=False).hexdigest().encode(), given.encode()
            )
        except UnicodeEncodeError:
            matches = False
        if not matches:
            raise NotificationRejected("signature")

    def _decrypt(self, sealed: str) -> bytes:
        """16 random bytes, 4 of length, the message, our appid, padding of 1 to 32 bytes."""
        try:
            plain: bytes = self._cipher.decrypt(base64.b64decode(sealed, validate=True))
        except (binascii.Error, ValueError):
            raise NotificationRejected("decrypt") from None
        padding = plain[-1] if plain else 0
        if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise NotificationRejected("decrypt")
        content = plain[16:-padding]
        length = int.from_bytes(content[:4], "big")
        if len(content) < 4 + length:
            raise NotificationRejected("decrypt")
        if not hmac.compare_digest(content[4 + length :], self._appid.encode()):
            raise NotificationRejected("appid")
        return content[4 : 4 + length]


def _required(query: Mapping[str, str], name: str) -> str:
    value = query.get(name)
    if not isinstance(value, str) or not value:
        raise NotificationRejected(f"no_{name}")
    return value


def _parse(body: bytes, content_type: str) -> dict[str, Any]:
    """JSON or XML by the first byte, which doesn't lie as a Content-Type may."""
    try:
        text = body.decode("utf-8-sig").strip()
        if text.startswith("<") or (not text.startswith("{") and "xml" in content_type):
            # xmltodict refuses entity declarations, so a small body stays small.
            parsed = (xmltodict.parse(text) or {}).get("xml")
        else:
            parsed = json.loads(text)
    except (ValueError, ExpatError, RecursionError):
        raise NotificationRejected("malformed") from None
    if not isinstance(parsed, dict):
        raise NotificationRejected("malformed")
    return parsed
