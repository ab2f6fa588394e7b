"""What payouts may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class PayoutNotFound(NotFound):
    code = "payout_not_found"
    message = "没有这笔款项"


class PayoutNotReady(Conflict):
    """It is under way, paid, or there is nothing left to be paid."""

    code = "payout_not_ready"
    message = "该款项当前不可领取"


class PayoutByHandPending(Conflict):
    """Staff have entered that it was paid by hand; another staff member has yet to confirm."""

    code = "payout_by_hand_pending"
    message = "该款项正在线下打款，请稍后查看"


class PayoutsClosed(Conflict):
    """The merchant has no transfer scene: staff pay by hand."""

    code = "payouts_closed"
    message = "暂不支持微信收款，请联系客服"


class PayoutAmount(Conflict):
    """WeChat transfers neither so little nor so much at a time: staff pay by hand."""

    code = "payout_amount"
    message = "金额超出微信收款限额，请联系客服"


class PayoutDayLimit(Conflict):
    """The shopper has received today what one may."""

    code = "payout_day_limit"
    message = "今日收款已达上限，请明天再领"


class PayoutMerchantLimit(Conflict):
    """The shop has transferred today what WeChat lets it."""

    code = "payout_merchant_limit"
    message = "今日发放额度已用完，请明天再领"


class PayoutMerchantMonthLimit(Conflict):
    """The shop has transferred this month what WeChat lets it."""

    code = "payout_merchant_month_limit"
    message = "本月发放额度已用完，请下月再领或联系客服"


class PayoutNameNotTaken(ValidationFailed):
    """WeChat refuses a receiver's name below 0.30 yuan."""

    code = "payout_name_not_taken"
    message = "该金额无需填写收款人姓名"


class PayoutNameNeeded(ValidationFailed):
    """WeChat wants the receiver's real name from 2,000 yuan on."""

    code = "payout_name_needed"
    message = "请填写收款人真实姓名"


class TransferNotCancellable(Conflict):
    """No transfer of the payout waits for its receiver."""

    code = "transfer_not_cancellable"
    message = "当前没有可撤销的转账"
