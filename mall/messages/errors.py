"""What messages refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotFound


class UnknownTemplate(MallError):
    """A template that this mall doesn't send."""

    status = 422
    code = "unknown_template"
    message = "没有该消息模板"


class MessageNotFound(NotFound):
    code = "message_not_found"
    message = "消息不存在"


class MessageNotFailed(Conflict):
    """Only a failed message is sent again by hand."""

    code = "message_not_failed"
    message = "该消息没有发送失败，无需重试"


class NoAllowanceLeft(Conflict):
    """The shopper has allowed no further message of this template."""

    code = "no_allowance_left"
    message = "用户没有可用的订阅次数"


class TemplateMissing(Conflict):
    """The shop has set up no template for this kind of message."""

    code = "message_template_missing"
    message = "该消息没有设置订阅消息模板"


class DailyCapReached(Conflict):
    """The shopper gets no more marketing on this shop day."""

    code = "marketing_cap_reached"
    message = "该用户今天的营销消息已达上限"


class MarketingOptedOut(Conflict):
    code = "marketing_opted_out"
    message = "该用户已关闭营销消息"


class MessageStale(Conflict):
    """What the message says is of no use any more, or won't be when it may be sent."""

    code = "message_stale"
    message = "该消息已过时，无需再发"
