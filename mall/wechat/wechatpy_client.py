"""wechatpy with its network side replaced.

Its calls and its decoding are kept. Replaced are: the token (the legacy call without lock
or time-out), the retry (without bound), the session (without time-outs, shared between
threads) and the fixed host.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import requests
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatClientException

from mall.wechat.errors import WechatError, WechatUnavailable, WechatUnknown
from mall.wechat.tokens import FetchedToken, TokenSource
from mall.wechat.transport import Limits, Transport

TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105 - a path
TOKEN_ERRORS = frozenset({40001, 40014, 42001})
# Shorter than those of other calls: everybody else waits while one fetches.
TOKEN_LIMITS = Limits(read_s=5.0, total_s=10.0)
_JSON = {"Content-Type": "application/json"}


class WechatpyClient(WeChatClient):
    """A WeChatClient whose every call goes through our transport and our token source."""

    def __init__(
        self, *, appid: str, secret: str, transport: Transport, tokens: TokenSource
    ) -> None:
        super().__init__(appid, secret, auto_retry=False)
        self._http = _Session(transport)
        self._base_url = transport.base_url + "/"
        self._tokens = tokens

    @property
    def access_token(self) -> str:
        return self._tokens.get()

    def fetch_access_token(self) -> None:
        """Nothing: the token source fetches tokens, wechatpy's own way has no lock."""

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """Send with the current token, once more with another one if WeChat refuses it.

        A call whose `params` name an access_token, if only None, is sent as it is.
        """
        kwargs["api_base_url"] = self._base_url
        params = dict(kwargs.pop("params", None) or {})
        if "access_token" in params:
            return super()._request(method, url_or_endpoint, params=params, **kwargs)
        token = self._tokens.get()
        for last_try in (False, True):
            try:
                return super()._request(
                    method, url_or_endpoint, params={**params, "access_token": token}, **kwargs
                )
            except WeChatClientException as refused:
                if last_try or refused.errcode not in TOKEN_ERRORS:
                    raise
            token = self._tokens.replace(token)
        raise AssertionError


class _Session:
    """The one method of requests.Session that wechatpy calls, over our transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str | None] | None = None,
        data: bytes | None = None,
        **_ignored: Any,
    ) -> requests.Response:
        response = self._transport.send(
            method.upper(), url, headers=_JSON if data else {}, params=params, body=data
        )
        if response.status_code != 200:
            # This API answers 200 to everything; anything else comes from in between.
            raise WechatUnknown(f"HTTP {response.status_code}")
        return response


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
        if reply.status_code == 200 and not answer.get("errcode"):
            return FetchedToken(str(answer["access_token"]), int(answer["expires_in"]))
        problem = f"HTTP {reply.status_code}, errcode {answer.get('errcode')}"
    except WechatError as error:
        problem = error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = f"a reply that can't be read ({type(error).__name__})"
    raise WechatUnavailable(f"no access token: {problem}")
