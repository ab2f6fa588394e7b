"""WeChat's errors during a shopper's request, translated into the shop's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog

from mall.kernel.db import release_connection
from mall.kernel.errors import MallError
from mall.wechat.errors import WechatError, WechatRefused, WechatUnreachable


@contextmanager
def translated_wechat_errors(meanings: Mapping[str, type[MallError]]) -> Iterator[None]:
    """Raise the error that `meanings` names for WeChat's error code, else WechatUnreachable.

    Releases the database connection first, so that none is held during the call. A code
    that isn't in `meanings` is a fault of the shop's set-up (a wrong AppSecret): it is logged.
    """
    release_connection()
    try:
        yield
    except WechatRefused as refused:
        known = meanings.get(refused.code)
        if known is not None:
            raise known from None
        structlog.get_logger("mall.users").error(
            "WeChat refused", errcode=refused.code, wechat_request_id=refused.request_id
        )
        raise WechatUnreachable from None
    except WechatError as fault:
        structlog.get_logger("mall.users").warning("WeChat failed", kind=type(fault).__name__)
        raise WechatUnreachable from None
