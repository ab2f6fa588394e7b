"""What points may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict


class PointsShort(Conflict):
    """The shopper has fewer available points than are asked for."""

    code = "points_short"
    message = "可用积分不足"


class AccountClosed(Conflict):
    """Who has closed the account gets no points."""

    code = "points_account_closed"
    message = "该用户已注销，不能调整积分"
