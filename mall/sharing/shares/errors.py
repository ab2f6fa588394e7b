"""What sharing may refuse."""

from __future__ import annotations

from mall.kernel.errors import MallError, NotFound, TooManyRequests


class ShareNotFound(NotFound):
    """No share has this token, or its owner has closed the account."""

    code = "share_not_found"
    message = "分享不存在"


class ShareExpired(MallError):
    """The time of the share is over; nothing can be claimed by it."""

    status = 410
    type = "not_found"
    code = "share_expired"
    message = "分享已过期"


class ShareLimit(TooManyRequests):
    """The shopper has made as many shares as the owner allows on a day."""

    code = "share_limit"
    message = "今天的分享次数已用完"
