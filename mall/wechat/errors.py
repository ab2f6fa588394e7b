"""What can go wrong between us and WeChat, by what the caller may conclude from it.

These are not errors for a shopper: a feature maps them to its own, or to WechatUnreachable, which
is for all. The one question that matters after a failed call is whether WeChat may have done it
all the same, so that is how they are split.
"""

from __future__ import annotations

from mall.kernel.errors import Unavailable
from mall.kernel.outbound import CallError, CallRefused, CallUnavailable, CallUnknown


class WechatUnreachable(Unavailable):
    """WeChat can't answer now; nothing was changed."""

    code = "wechat_unavailable"
    message = "微信服务繁忙，请稍后再试"


class WechatError(CallError):
    """Base of everything this package raises on purpose."""


class WechatRefused(WechatError, CallRefused):
    """WeChat understood the call and said no: nothing was done.

    `code` is WeChat's own, always as text: an APIv3 code such as `NOT_ENOUGH`, or the
    decimal `errcode` of the mini-program API such as `40029`. `http_status` is 200 for
    the latter. `request_id` is the trace id that WeChat's support asks for.
    """

    def __init__(
        self, code: str, message: str = "", http_status: int = 200, request_id: str = ""
    ) -> None:
        self.code = code
        self.message = message[:200]
        self.http_status = http_status
        self.request_id = request_id
        super().__init__(f"{code} (HTTP {http_status}, {request_id or '-'}): {self.message}")


class WechatUnknown(WechatError, CallUnknown):
    """The call may or may not have been carried out: query before anything else.

    A time-out, a connection cut after sending, a 5xx, a throttled payment or refund, or a
    reply that can't be read or whose signature can't be verified.
    """


class WechatUnavailable(WechatError, CallUnavailable):
    """The call was surely not carried out: it may be repeated as it is, later.

    No connection, no access token, or a quota that is used up.
    """


class NotificationRejected(WechatError):
    """A callback or a message push that can't be trusted or read: answer 4xx, do nothing.

    `reason` is a short English token, safe to log and to count.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def code_of(fault: Exception) -> str:
    """A short word for logs and lists: WeChat's own code where it refused, else the kind of
    fault."""
    return fault.code if isinstance(fault, WechatRefused) else type(fault).__name__
