"""Fund-flow bills (资金账单): reading what moved in an account of the merchant on a day.

An expense and an income are rows of their own; the transfer's number at the merchant is in
业务凭证号.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mall.wechat.bill_files import BillFile, fen_of, moment_of

_INCOME = {"收入": True, "支出": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class FundFlowRow:
    """One movement of money. `number` is the merchant's own, `business` and `kind` are WeChat's
    words for what it was for."""

    booked_at: datetime
    business: str
    kind: str
    is_income: bool
    amount_fen: int
    number: str

    @property
    def is_transfer(self) -> bool:
        """Whether WeChat calls it a transfer."""
        return "转账" in self.business or "转账" in self.kind


@dataclass(frozen=True, kw_only=True)
class FundFlowBill(BillFile[FundFlowRow]):
    """The fund-flow bill of one shop day; empty when nothing moved."""

    count_column = "资金流水总笔数"

    @staticmethod
    def row_of(cells: Mapping[str, str]) -> FundFlowRow:
        return FundFlowRow(
            booked_at=moment_of(cells["记账时间"]),
            business=cells["业务名称"],
            kind=cells["业务类型"],
            is_income=_INCOME[cells["收支类型"]],
            amount_fen=fen_of(cells["收支金额(元)"]),
            number=cells["业务凭证号"],
        )
