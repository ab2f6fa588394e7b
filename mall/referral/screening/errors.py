"""What screening may refuse, to staff."""

from __future__ import annotations

from mall.kernel.errors import NotFound


class ScreeningNotFound(NotFound):
    code = "screening_not_found"
    message = "邀请记录不存在"
