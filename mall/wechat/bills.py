"""Trade bills (交易账单): reading what WeChat settled on a day.

A bill is UTF-8 with an optional byte-order mark: a header, rows whose every field starts
with a backtick, a header of the summary and the summary. Amounts are in yuan there and in
fen here. Columns are found by name, since WeChat adds some from time to time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import TracebackType
from typing import IO, Self

from mall.wechat.errors import WechatUnknown
from mall.wechat.times import SHANGHAI

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
class Bill:
    """The trade bill of one shop day; empty when nothing was traded.

    `file` is the uncompressed file whose SHA1 was checked, on the disk when it is large.
    `rows()` reads it row by row, so memory stays flat; leaving the `with` removes it.
    """

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

    def rows(self) -> Iterator[BillRow]:
        """Each row in the file's order.

        Raises WechatUnknown at a row that can't be read, or at the end when the summary
        counts another number of rows: what was yielded until then must be thrown away.
        """
        if self.file is None:
            return
        lines = bill_lines(self.file)
        header = bill_cells(next(lines, ""))
        for count, line in enumerate(lines):
            if not line.startswith("`"):
                check_count("总交易单数", line, next(lines, ""), count)
                return
            yield _row(dict(zip(header, bill_cells(line), strict=False)))
        raise WechatUnknown("a bill without a summary")


def bill_lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of a bill that aren't empty. Raises WechatUnknown when it isn't UTF-8."""
    file.seek(0)
    for number, raw in enumerate(file):
        try:
            line = raw.decode("utf-8-sig" if number == 0 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise WechatUnknown("a bill that isn't UTF-8") from None
        if line:
            yield line


def bill_cells(line: str) -> list[str]:
    """Split a line. A comma inside a field was escaped by WeChat, so every one separates."""
    return [part.removeprefix("`").strip() for part in line.split(",")]


def _row(cells: Mapping[str, str]) -> BillRow:
    try:
        return BillRow(
            trade_time=datetime.strptime(cells["交易时间"], "%Y-%m-%d %H:%M:%S").replace(
                tzinfo=SHANGHAI
            ),
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
    except (KeyError, ValueError, InvalidOperation) as fault:
        problem = f"a bill row that can't be read ({type(fault).__name__})"
    raise WechatUnknown(problem)


def check_count(name: str, header: str, values: str, count: int) -> None:
    """Raises WechatUnknown when the summary's column `name` counts other than `count` rows."""
    summary = dict(zip(bill_cells(header), bill_cells(values), strict=False))
    try:
        promised = Decimal(summary[name])
    except (KeyError, InvalidOperation):
        promised = Decimal(-1)
    if promised != count:
        raise WechatUnknown("a bill whose summary counts other rows")


def _used(number: str) -> str | None:
    return None if number in _UNUSED else number


def fen_of(yuan: str) -> int:
    """An amount of a bill in fen. Raises ValueError, InvalidOperation."""
    fen = Decimal(yuan) * 100
    if fen != fen.to_integral_value():
        raise ValueError("a part of a fen")
    return int(fen)
