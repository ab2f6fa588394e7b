"""Why a shopper gets no purchase token or no ticket."""

from __future__ import annotations

from mall.kernel.errors import (
    Conflict,
    NotAuthenticated,
    NotPermitted,
    TooManyRequests,
    Unavailable,
)


class PassInvalid(NotAuthenticated):
    """No purchase token, or none of this session and device; `param` is the header at fault."""

    code = "pass_invalid"
    message = "抢购资格无效，请刷新页面"


class PassExpired(NotAuthenticated):
    code = "pass_expired"
    message = "抢购资格已过期，请刷新页面"


class NotEligible(NotPermitted):
    """The item is for first orders only."""

    code = "not_eligible"
    message = "本商品仅限新客购买"


class NotStarted(Conflict):
    """Passes aren't given so early."""

    code = "not_started"
    message = "还没开始，请稍候"


class Ended(Conflict):
    code = "ended"
    message = "活动已结束"


class Paused(Conflict):
    code = "paused"
    message = "活动暂停中，请稍候"


class LimitReached(Conflict):
    """The shopper holds or bought as many as one may."""

    code = "limit_reached"
    message = "已达限购数量"


class SoldOut(Conflict):
    code = "sold_out"
    message = "已抢光"


class RateLimited(TooManyRequests):
    code = "rate_limited"


class GateClosed(Unavailable):
    """Redis can't answer for the item now; nothing was counted."""

    code = "gate_closed"
    message = "活动太火爆，请稍后再试"
