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
