"""What withdrawals may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, NotPermitted
from mall.referral.promoters import errors as promoters


class WithdrawalNotFound(NotFound):
    """Unknown, or of somebody else."""

    code = "withdrawal_not_found"
    message = "没有这笔提现"


class NotAPromoter(NotPermitted):
    """Never was a promoter."""

    code = "not_a_promoter"
    message = "成为推广员后才能提现"


class PromoterBlocked(promoters.PromoterBlocked):
    """Staff blocked the promoter."""

    message = "推广员身份已冻结，请联系客服"


class WithdrawalAmount(Conflict):
    """Less or more than the shop lets one withdraw at a time."""

    code = "withdrawal_amount"
    message = "提现金额不在允许范围内"


class WithdrawalDayLimit(Conflict):
    """Today's number or amount of withdrawals is used up."""

    code = "withdrawal_day_limit"
    message = "今日提现次数或金额已达上限"


class WithdrawalDebt(Conflict):
    """The promoter owes the shop something: it is worked off first."""

    code = "withdrawal_debt"
    message = "有待抵扣的款项，暂不能提现"


class WithdrawalDecided(Conflict):
    """Somebody decided it, or it is over."""

    code = "withdrawal_decided"
    message = "这笔提现已处理"


class WithdrawalUnderWay(Conflict):
    """WeChat has the transfer: it can't be cancelled here."""

    code = "withdrawal_under_way"
    message = "这笔提现正在转账，无法取消"
