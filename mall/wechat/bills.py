"""Trade bills (交易账单): reading what WeChat settled on a day. The form is that of all bills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from mall.wechat.bill_files import BillFile, fen_of, moment_of

_UNUSED = ("", "0")


@dataclass(frozen=True, kw_only=True, slots=True)
class BillRow:
    """One payment or one refund of the day.

    `trade_state` is SUCCESS for a payment, REFUND for a refund (then `order_fen` is 0 and
    the refund's fields are set; it is dated by when the refund was asked for) and REVOKED.
    `fee_yuan` stays a Decimal because WeChat's fee is finer than a fen.
    """

    trade_time: datetime
    appid: str
    mchid: str
    transaction_id: str
    out_trade_no: str
    openid: str = field(repr=False)
    trade_state: str
    order_fen: int
    settlement_fen: int
    refund_id: str | None
    out_refund_no: str | None
    refund_fen: int
    refund_status: str | None
    fee_yuan: Decimal

    @property
    def is_refund(self) -> bool:
        return self.out_refund_no is not None


@dataclass(frozen=True, kw_only=True)
class Bill(BillFile[BillRow]):
    """The trade bill of one shop day; empty when nothing was traded."""

    count_column = "总交易单数"

    @staticmethod
    def row_of(cells: Mapping[str, str]) -> BillRow:
        return BillRow(
            trade_time=moment_of(cells["交易时间"]),
            appid=cells["公众账号ID"],
            mchid=cells["商户号"],
            transaction_id=cells["微信订单号"],
            out_trade_no=cells["商户订单号"],
            openid=cells["用户标识"],
            trade_state=cells["交易状态"],
            order_fen=fen_of(cells["订单金额"]),
            settlement_fen=fen_of(cells["应结订单金额"]),
            refund_id=_used(cells.get("微信退款单号", "")),
            out_refund_no=_used(cells.get("商户退款单号", "")),
            refund_fen=fen_of(cells.get("申请退款金额") or cells.get("退款金额") or "0"),
            refund_status=cells.get("退款状态") or None,
            fee_yuan=Decimal(cells["手续费"]),
        )


def _used(number: str) -> str | None:
    return None if number in _UNUSED else number
