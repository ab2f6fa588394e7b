"""Exchanges with the mini-program API: the access token, and what each errcode means.

Every reply is HTTP 200; only its bytes tell a result from a refusal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mall.wechat.errors import WechatError, WechatRefused, WechatUnavailable, WechatUnknown
from mall.wechat.tokens import FetchedToken, TokenSource
from mall.wechat.transport import Limits, Reply, Transport

TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105 - a path
# Shorter than those of other calls: everybody else waits while one fetches.
TOKEN_LIMITS = Limits(read_s=5.0, total_s=10.0)
_JSON = {"Content-Type": "application/json"}
_TOKEN_ERRORS = frozenset({40001, 40014, 42001})
_BUSY = frozenset({-1, 10060012, 10060019})
_QUOTA = frozenset({45009, 45011, 44990, 44991, 44993})
_RID = re.compile(r"rid:\s*([0-9A-Za-z-]+)", re.ASCII)
_IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG")


class MiniHttp:
    """Calls the mini-program API; safe to share between threads.

    Each method raises WechatRefused for an errcode, WechatUnavailable for a token or quota
    that WeChat refuses and for what wasn't sent, WechatUnknown for "busy" and for a reply
    that can't be read.
    """

    def __init__(self, transport: Transport, tokens: TokenSource) -> None:
        self._transport = transport
        self._tokens = tokens

    def get(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """A GET without an access token, which is what login wants. The JSON object."""
        return _result(_checked(self._transport.send("GET", path, headers={}, params=params)))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """A POST with the access token. The JSON object.

        Sent once more, with another token, when WeChat refuses the first one.
        """
        return _result(self._post(path, body))

    def post_for_image(self, path: str, body: Mapping[str, Any]) -> bytes:
        """The same for a call that answers with a JPEG or PNG."""
        content = self._post(path, body)
        if content.startswith(_IMAGE_STARTS):
            return content
        _result(content)
        raise WechatUnknown("a code that is no image")

    def _post(self, path: str, body: Mapping[str, Any]) -> bytes:
        # Raw UTF-8: WeChat shows escaped characters as they are.
        raw = json.dumps(body, ensure_ascii=False).encode()
        token = self._tokens.get()
        content = self._post_with(token, path, raw)
        if _errcode(_decoded(content)) in _TOKEN_ERRORS:
            content = self._post_with(self._tokens.replace(token), path, raw)
        return content

    def _post_with(self, token: str, path: str, raw: bytes) -> bytes:
        params = {"access_token": token}
        return _checked(self._transport.send("POST", path, headers=_JSON, params=params, body=raw))


def fetch_stable_token(transport: Transport, appid: str, secret: str) -> FetchedToken:
    """Ask WeChat for the stable token, in the mode that never invalidates the current one.

    Raises WechatUnavailable, whatever went wrong: nothing has been done with the token.
    """
    body = {"grant_type": "client_credential", "appid": appid, "secret": secret}
    problem: object
    try:
        reply = transport.send(
            "POST",
            TOKEN_PATH,
            headers=_JSON,
            body=json.dumps(body).encode(),
            limits=replace(TOKEN_LIMITS, read_s=min(TOKEN_LIMITS.read_s, transport.limits.read_s)),
        )
        answer = json.loads(reply.content)
        if reply.status == 200 and not answer.get("errcode"):
            return FetchedToken(str(answer["access_token"]), int(answer["expires_in"]))
        problem = f"HTTP {reply.status}, errcode {answer.get('errcode')}"
    except WechatError as error:
        problem = error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"a reply that can't be read ({type(error).__name__})"
    raise WechatUnavailable(f"no access token: {problem}")


def _checked(reply: Reply) -> bytes:
    if reply.status != 200:
        # This API answers 200 to everything; anything else comes from in between.
        raise WechatUnknown(f"HTTP {reply.status}")
    return reply.content


def _result(content: bytes) -> dict[str, Any]:
    answer = _decoded(content)
    if answer is None:
        raise WechatUnknown("a reply that isn't a JSON object")
    code = _errcode(answer)
    if code != 0:
        raise _failure(code, str(answer.get("errmsg") or ""))
    return answer


def _decoded(content: bytes) -> dict[str, Any] | None:
    """The JSON object of a reply; None for anything else.

    WeChat passes on nicknames with control characters and with cut characters.
    """
    try:
        value = json.loads(content.decode("utf-8", "ignore"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _errcode(answer: Mapping[str, Any] | None) -> int | None:
    """0 for success; None for one that is no number."""
    try:
        return int((answer or {}).get("errcode", 0))
    except (ValueError, TypeError, OverflowError):
        return None


def _failure(code: int | None, message: str) -> WechatError:
    if code is None or code in _BUSY:
        return WechatUnknown(f"WeChat is busy (errcode {code})")
    if code in _TOKEN_ERRORS:
        return WechatUnavailable(f"the access token was refused (errcode {code})")
    if code in _QUOTA:
        return WechatUnavailable(f"a quota is used up (errcode {code})")
    trace = _RID.search(message)
    return WechatRefused(str(code), message, 200, trace[1] if trace else "")
