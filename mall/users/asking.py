"""Asking WeChat on a shopper's behalf, and what its refusals mean to the shopper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog

from mall.kernel.db import release_connection
from mall.kernel.errors import MallError
from mall.users.errors import WechatUnreachable
from mall.wechat.errors import WechatError, WechatRefused


@contextmanager
def asking_wechat(meanings: Mapping[str, type[MallError]]) -> Iterator[None]:
    """Turn WeChat's failures into ours: a code of `meanings` into its error, else a 503.

    Holds no connection meanwhile. A code without a meaning is our own mistake (a wrong
    AppSecret, say), which the shopper can't mend and the log must show.
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
