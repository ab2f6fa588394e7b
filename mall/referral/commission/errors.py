"""What commission may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict


class CommissionShort(Conflict):
    """The promoter has less available commission than is asked for."""

    code = "commission_short"
    message = "可提现佣金不足"
