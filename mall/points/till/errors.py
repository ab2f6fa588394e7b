"""What the till may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, NotPermitted


class TillNotHere(NotPermitted):
    """Only staff who are bound to a point give and take points there."""

    code = "till_not_here"
    message = "您未绑定该门店，不能在此操作积分"


class TillPointClosed(Conflict):
    code = "till_point_closed"
    message = "该门店已停用"


class TillPointUnknown(NotFound):
    code = "till_point_unknown"
    message = "门店不存在"


class TillCodeUnknown(NotFound):
    """Nobody has such a code, or the shopper has drawn a newer one."""

    code = "till_code_unknown"
    message = "积分码无效，请顾客刷新后重试"


class TillCodeUsed(Conflict):
    code = "till_code_used"
    message = "积分码已使用，请顾客刷新后重试"


class TillCodeExpired(Conflict):
    code = "till_code_expired"
    message = "积分码已过期，请顾客刷新后重试"


class TillReceiptUsed(Conflict):
    """The point has given, or taken, points for this receipt."""

    code = "till_receipt_used"
    message = "该小票号已操作过积分"


class TillLimit(Conflict):
    """More than the shop allows a day; the message says whose limit it is."""

    code = "till_limit"
    message = "超出当日积分限额"


class TillEntryNotFound(NotFound):
    code = "till_entry_not_found"
    message = "门店积分记录不存在"


class TillEntryUndone(Conflict):
    code = "till_entry_undone"
    message = "该记录已撤销"


class TillEntryTooOld(Conflict):
    """Only an entry of this shop day can be undone."""

    code = "till_entry_too_old"
    message = "只能撤销当天的记录"
