"""One HTTP exchange with WeChat: pooled, bounded in time and size, its failures classified.

Sessions are kept a thread, because requests doesn't promise that one may be shared. The
address of a call can hold a secret or a token, so no exception of the HTTP library ever
leaves here, neither as a cause nor as a context.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

import requests
import urllib3
from requests.adapters import HTTPAdapter

from mall.wechat.errors import WechatError, WechatUnavailable, WechatUnknown

USER_AGENT = "mall/1 (+requests)"
_CHUNK = 65_536
_NOT_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)
_NOT_CONNECTED = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
)


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, between two reads, and for the whole reply; and its bytes.

    `total_s` bounds a server that drips: the read time-out alone starts anew at each byte.
    """

    connect_s: float = 3.0
    read_s: float = 10.0
    total_s: float = 30.0
    max_bytes: int = 8 * 1024 * 1024


class Transport:
    """Sends requests to one base address; safe to share between threads."""

    def __init__(self, base_url: str, limits: Limits) -> None:
        self.base_url = base_url.rstrip("/")
        self.limits = limits
        self._local = threading.local()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
        authorize: Callable[[str], str] | None = None,
        limits: Limits | None = None,
        into: IO[bytes] | None = None,
    ) -> requests.Response:
        """Send once, follow no redirect, read the whole reply whatever its status.

        `url` is a path below the base address or a whole address. `authorize` gets the
        path and query exactly as they go out and gives the Authorization header. The body
        of a 200 is written to `into`, if that is given, piece by piece.

        Raises WechatUnavailable when the request can't have been sent, WechatUnknown when
        it may have been.
        """
        limits = limits or self.limits
        fault: WechatError
        try:
            request = self._prepare(method, url, headers, params, body)
            if authorize is not None:
                request.headers["Authorization"] = authorize(request.path_url)
            return self._exchange(request, limits, into)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            name = type(error).__name__
            if _never_sent(error):
                fault = WechatUnavailable(f"{method}: not sent ({name})")
            else:
                fault = WechatUnknown(f"{method}: no whole reply ({name})")
        raise fault

    def _prepare(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str | None] | None,
        body: bytes | None,
    ) -> requests.PreparedRequest:
        # Not prepared by the session: that would let a .netrc replace the Authorization.
        return requests.Request(
            method,
            url if url.startswith(("http://", "https://")) else f"{self.base_url}{url}",
            headers={"User-Agent": USER_AGENT, **headers},
            params=dict(params or {}),
            data=body,
        ).prepare()

    def _exchange(
        self, request: requests.PreparedRequest, limits: Limits, into: IO[bytes] | None
    ) -> requests.Response:
        session = self._session()
        environment = session.merge_environment_settings(request.url, {}, True, None, None)
        deadline = time.monotonic() + limits.total_s
        response = session.send(
            request,
            timeout=(limits.connect_s, limits.read_s),
            allow_redirects=False,
            **environment,
        )
        try:
            # What requests itself would set on first use of `content`, but bounded.
            chunks = _chunks(response, deadline, limits.max_bytes)
            if into is None or response.status_code != 200:
                response._content = b"".join(chunks)
            else:
                into.writelines(chunks)
                response._content = b""
        except BaseException:
            response.close()
            raise
        return response

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            adapter = HTTPAdapter(pool_connections=2, pool_maxsize=2, max_retries=0)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            self._local.session = session
        return session


def _chunks(response: requests.Response, deadline: float, max_bytes: int) -> Iterator[bytes]:
    size = 0
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > max_bytes:
            raise requests.exceptions.ContentDecodingError("reply too large")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("reply too slow")
        yield bytes(chunk)


def _never_sent(error: BaseException) -> bool:
    if isinstance(error, _NOT_SENT):
        return True
    wrapped = error.args[0] if error.args else None
    reason = getattr(wrapped, "reason", None)
    if isinstance(reason, _NOT_CONNECTED):
        return True
    inner = reason.args[0] if isinstance(reason, urllib3.exceptions.SSLError) else None
    return isinstance(inner, ssl.SSLCertVerificationError)
