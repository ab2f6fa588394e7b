"""One HTTP exchange with WeChat: pooled, bounded in time and size, its failures classified.

The address of a call can hold a secret or a token, so no exception of the HTTP library
ever leaves this module, neither as a cause nor as a context.
"""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO
from urllib.parse import unquote, urlencode
from urllib.request import getproxies_environment, proxy_bypass

import certifi
import urllib3
from urllib3.util import Timeout, Url, make_headers, parse_url
from urllib3.util.ssl_ import create_urllib3_context

from mall.wechat.errors import WechatError, WechatUnavailable, WechatUnknown

USER_AGENT = "mall/1 (+urllib3)"
_CHUNK = 65_536
# Idle connections that are kept; more may be open at the same time.
_IDLE_CONNECTIONS = 32
_NOT_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.LocationValueError,
    # Raised only while there is no connection to the proxy yet.
    urllib3.exceptions.ProxyError,
)


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, between two reads, and for the whole reply; and its bytes.

    `total_s` bounds a server that sends byte by byte: the read time-out starts anew at each.
    """

    connect_s: float = 3.0
    read_s: float = 10.0
    total_s: float = 30.0
    max_bytes: int = 8 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """An HTTP reply, read to its end. Names of `headers` match in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class _ReplyTooLarge(Exception):
    pass


class _ReplyTooSlow(Exception):
    pass


class Transport:
    """Sends requests to one base address; safe to share between threads.

    A certificate must be valid for its host, and vouched for by an authority of certifi's list
    or of the machine's (OpenSSL's SSL_CERT_FILE and SSL_CERT_DIR). Calls over https go through
    the proxy that HTTPS_PROXY or ALL_PROXY names, unless NO_PROXY excludes the host. Calls over
    plain http (to the simulator) and to this machine never go through a proxy. The environment
    is read once, when the object is made.
    """

    def __init__(self, base_url: str, limits: Limits) -> None:
        base = parse_url(base_url.rstrip("/"))
        self.limits = limits
        self._prefix = base.path or ""
        self._pool = _connection_pool(base)

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        authorize: Callable[[str], str] | None = None,
        limits: Limits | None = None,
        into: IO[bytes] | None = None,
    ) -> Reply:
        """Send once, follow no redirect, read the whole reply whatever its status.

        `path` is below the base address and may have a query. `authorize` gets the path and
        query exactly as they are sent and returns the Authorization header. The body of a
        200 is written to `into`, if given, in chunks; then `content` is empty.

        Raises WechatUnavailable when the request can't have been sent, WechatUnknown when
        it may have been.
        """
        limits = limits or self.limits
        deadline = time.monotonic() + limits.total_s
        fault: WechatError
        try:
            target = _as_sent(self._prefix + path, params)
            sent_headers = {"User-Agent": USER_AGENT, **headers}
            if authorize is not None:
                sent_headers["Authorization"] = authorize(target)
            response = self._pool.urlopen(
                method,
                target,
                body=body,
                headers=sent_headers,
                retries=False,
                redirect=False,
                timeout=Timeout(connect=limits.connect_s, read=limits.read_s),
                preload_content=False,
            )
            return _read(response, deadline, limits.max_bytes, into)
        except (
            urllib3.exceptions.HTTPError,
            HTTPException,
            OSError,
            _ReplyTooLarge,
            _ReplyTooSlow,
        ) as error:
            name = type(error).__name__.lstrip("_")
            if _never_sent(error):
                fault = WechatUnavailable(f"{method}: not sent ({name})")
            else:
                fault = WechatUnknown(f"{method}: no whole reply ({name})")
        raise fault


def _as_sent(path: str, params: Mapping[str, str] | None) -> str:
    """Path and query as urllib3 sends them: it normalises and percent-encodes them."""
    if params:
        path = f"{path}?{urlencode(params)}"
    return parse_url(path).request_uri


def _read(
    response: urllib3.BaseHTTPResponse, deadline: float, max_bytes: int, into: IO[bytes] | None
) -> Reply:
    content = b""
    try:
        chunks = _chunks(response, deadline, max_bytes)
        if into is None or response.status != 200:
            content = b"".join(chunks)
        else:
            into.writelines(chunks)
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return Reply(response.status, response.headers, content)


def _chunks(response: urllib3.BaseHTTPResponse, deadline: float, max_bytes: int) -> Iterator[bytes]:
    size = 0
    while chunk := response.read1(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > max_bytes:
            raise _ReplyTooLarge
        if time.monotonic() > deadline:
            raise _ReplyTooSlow
        yield bytes(chunk)


def _never_sent(error: BaseException) -> bool:
    if isinstance(error, _NOT_SENT):
        return True
    inner = error.args[0] if isinstance(error, urllib3.exceptions.SSLError) else None
    return isinstance(inner, ssl.SSLCertVerificationError)


def _connection_pool(base: Url) -> urllib3.HTTPConnectionPool:
    host = base.host or ""
    if base.scheme == "http":
        return urllib3.HTTPConnectionPool(host, base.port, maxsize=_IDLE_CONNECTIONS)
    # One context for all connections: loading the list of authorities takes milliseconds.
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(certifi.where())
    context.load_default_certs()
    proxy = _proxy_for(host)
    manager: urllib3.PoolManager
    if proxy is None:
        manager = urllib3.PoolManager(maxsize=_IDLE_CONNECTIONS, ssl_context=context)
    else:
        manager = urllib3.ProxyManager(
            proxy,
            proxy_headers=_proxy_headers(proxy),
            maxsize=_IDLE_CONNECTIONS,
            ssl_context=context,
        )
    return manager.connection_from_host(host, base.port, base.scheme)


def _proxy_headers(proxy: str) -> dict[str, str]:
    credentials = parse_url(proxy).auth
    return make_headers(proxy_basic_auth=unquote(credentials)) if credentials else {}


def _proxy_for(host: str) -> str | None:
    proxies = getproxies_environment()
    proxy = proxies.get("https") or proxies.get("all")
    if not proxy or _is_this_machine(host) or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
