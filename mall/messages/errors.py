"""What messages refuse."""

from __future__ import annotations

from mall.kernel.errors import MallError


class UnknownTemplate(MallError):
    """A template that this mall doesn't send."""

    status = 422
    code = "unknown_template"
    message = "没有该消息模板"
