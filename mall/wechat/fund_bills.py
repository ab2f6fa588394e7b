"""Fund-flow bills (资金账单): reading what moved in an account of the merchant on a day.

The form is that of trade bills (`bills`). An expense and an income are rows of their own; the
transfer's number at the merchant is in 业务凭证号.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import InvalidOperation
from types import TracebackType
from typing import IO, Self

from mall.wechat.bills import bill_cells, bill_lines, check_count, fen_of
from mall.wechat.errors import WechatUnknown
from mall.wechat.times import SHANGHAI

_INCOME = {"收入": True, "支出": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class FundFlowRow:
    """One movement of money. `number` is the merchant's own, `business` and `kind` are WeChat's
    words for what it was for."""

    booked_at: datetime
    flow_no: str
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
class FundFlowBill:
    """The bill of one shop day; empty when nothing moved. Used as `Bill` is."""

    day: date
    file: IO[bytes] | None = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.file is not None:
            self.file.close()

    def rows(self) -> Iterator[FundFlowRow]:
        """Each row in the file's order. Raises WechatUnknown as `Bill.rows` does."""
        if self.file is None:
            return
        lines = bill_lines(self.file)
        header = bill_cells(next(lines, ""))
        for count, line in enumerate(lines):
            if not line.startswith("`"):
                check_count("资金流水总笔数", line, next(lines, ""), count)
                return
            yield _row(dict(zip(header, bill_cells(line), strict=False)))
        raise WechatUnknown("a bill without a summary")


def _row(cells: Mapping[str, str]) -> FundFlowRow:
    try:
        return FundFlowRow(
            booked_at=datetime.strptime(cells["记账时间"], "%Y-%m-%d %H:%M:%S").replace(
                tzinfo=SHANGHAI
            ),
            flow_no=cells["资金流水单号"],
            business=cells["业务名称"],
            kind=cells["业务类型"],
            is_income=_INCOME[cells["收支类型"]],
            amount_fen=fen_of(cells["收支金额(元)"]),
            number=cells["业务凭证号"],
        )
    except (KeyError, ValueError, InvalidOperation) as fault:
        problem = f"a bill row that can't be read ({type(fault).__name__})"
    raise WechatUnknown(problem)
