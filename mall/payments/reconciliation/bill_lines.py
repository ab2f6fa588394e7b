"""A bill's rows in a table for the time of a run, so that SQL compares them: memory stays flat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from mall.kernel.db import raw_connection
from mall.payments.reconciliation.models import BillLine
from mall.wechat.gateway import Bill, BillRow, gateway

_COPY = (
    "COPY bill_lines (day, run, line, subject, number, transaction_id, state, amount_fen,"
    " payment_number) FROM STDIN"
)
LONG_TIMEOUT = text("SET LOCAL statement_timeout = '10min'")
"""A large day takes longer than a request may."""


@dataclass(frozen=True, slots=True)
class _Line:
    subject: str
    number: str
    state: str
    amount_fen: int


def store_lines(session: Session, bill: Bill, run: int) -> int:
    """Write down the rows of our AppID; how many are of others that share the merchant number.

    Raises WechatUnknown for a bill that can't be read; the transaction must end with it.
    """
    delete_lines(session, bill.day)
    session.execute(LONG_TIMEOUT)
    appid, foreign = gateway().pay.appid, 0
    with raw_connection(session).cursor() as cursor, cursor.copy(_COPY) as copy:
        for number, row in enumerate(bill.rows()):
            if row.appid != appid:
                foreign += 1
                continue
            line = _line(row)
            facts = (line.subject, line.number, row.transaction_id, line.state, line.amount_fen)
            copy.write_row((bill.day, run, number, *facts, row.out_trade_no))
    session.execute(text("ANALYZE bill_lines"))
    return foreign


def _line(row: BillRow) -> _Line:
    if row.out_refund_no is not None:
        return _Line("refund", row.out_refund_no, row.refund_status or "", row.refund_fen)
    return _Line("payment", row.out_trade_no, row.trade_state, row.order_fen)


def delete_lines(session: Session, day: date) -> None:
    """Forget a day's rows."""
    session.execute(delete(BillLine).where(BillLine.day == day))
