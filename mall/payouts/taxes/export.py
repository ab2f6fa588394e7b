"""The sheet for taxes, streamed from a server-side cursor, so memory stays flat.

It counts what was paid, by transfer and by hand, in the month (or year) in which it was paid, by
Asia/Shanghai. Debts that a payout worked off instead, whole or in part, are a column of their own,
in the month in which they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Row, text
from sqlalchemy.engine import Engine

from mall.kernel.clock import day_start
from mall.kernel.db import connect_transactional
from mall.kernel.money import yuan
from mall.kernel.sheet_chunks import BATCH, Number
from mall.payouts.kinds import PAYOUT_KINDS

By = Literal["month", "year"]
HEADER = (
    *("用户编号", "期间", "所得项目", "款项类型", "笔数"),
    *("实付(元)", "其中线下支付(元)", "抵扣欠款(元)"),
)
_FORMATS: dict[By, str] = {"month": "YYYY-MM", "year": "YYYY"}
_ROWS = text(
    """
    SELECT user_id, to_char(at AT TIME ZONE 'Asia/Shanghai', :format) AS period, kind,
        sum(payouts) AS payouts, sum(fen) AS fen, sum(by_hand) AS by_hand,
        sum(offset_fen) AS offset_fen
    FROM (
        SELECT user_id, paid_at AS at, kind, 1 AS payouts,
            amount_fen - back_fen - offset_fen AS fen,
            CASE way WHEN 'hand' THEN amount_fen - back_fen - offset_fen ELSE 0 END AS by_hand,
            0 AS offset_fen
        FROM payouts WHERE paid_at >= :since AND paid_at < :until
      UNION ALL
        SELECT p.user_id, d.created_at, p.kind, 0, 0, 0, -d.amount_fen
        FROM payout_debts d JOIN payouts p ON p.id = d.payout_id
        WHERE d.amount_fen < 0 AND d.created_at >= :since AND d.created_at < :until
    ) AS income
    GROUP BY user_id, period, kind ORDER BY user_id, period, kind
    """
)


def tax_rows(engine: Engine, year: int, by: By) -> Iterator[tuple[str, ...]]:
    """The rows of a year: one a person, period and kind, ordered by person."""
    # The rows are read when the request's app context is gone.
    names = {kind.name: (kind.income, kind.label) for kind in PAYOUT_KINDS.items().values()}
    values = {
        "format": _FORMATS[by],
        "since": day_start(date(year, 1, 1)),
        "until": day_start(date(year, 12, 31) + timedelta(days=1)),
    }
    return _streamed(engine, values, names)


def _streamed(
    engine: Engine, values: dict[str, Any], names: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, ...]]:
    streaming = connect_transactional(engine).execution_options(
        stream_results=True, yield_per=BATCH
    )
    with streaming as connection:
        for batch in connection.execute(_ROWS, values).partitions(BATCH):
            for row in batch:
                yield _cells(row, names)


def _cells(row: Row[Any], names: dict[str, tuple[str, str]]) -> tuple[str, ...]:
    income, label = names.get(row.kind, ("", row.kind))
    money = (row.fen, row.by_hand, row.offset_fen)
    return (
        *(str(row.user_id), row.period, income, label, Number(row.payouts)),
        *(Number(yuan(int(fen))) for fen in money),
    )
