"""Teams as a sheet: streamed from a server-side cursor, so memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.engine import Engine

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import connect_transactional
from mall.kernel.money import yuan
from mall.kernel.sheet_chunks import BATCH, Number

HEADER = (
    *("团编号", "团码", "状态", "团长编号", "开团时间", "到期时间", "成团时间", "结束时间"),
    *("成团人数", "人数上限", "已付款", "待付款", "商家补位", "达成档位"),
    *("成员实付(元)", "退款(元)", "其中差价(元)"),
)
_STATUS = {
    "opening": "待团长付款",
    "forming": "拼团中",
    "formed": "已成团",
    "settled": "已结算",
    "failed": "未成团",
}
_ROWS = text(
    """
    SELECT t.id, t.code, t.status, t.leader_id, t.created_at, t.expires_at, t.formed_at,
        t.closed_at, t.min_size, t.max_size, t.paid, t.reserved, t.filled, t.tier_size, money.*
    FROM groupbuy_teams t CROSS JOIN LATERAL (
        SELECT coalesce(sum(o.paid_fen), 0) AS paid_fen,
            coalesce(sum(o.refunding_fen + o.refunded_fen), 0) AS back_fen,
            coalesce(sum(m.difference_fen), 0) AS difference_fen
        FROM groupbuy_members m JOIN orders o ON o.id = m.order_id WHERE m.team_id = t.id
    ) money
    WHERE t.activity_id = :activity_id ORDER BY t.id
    """
)


def team_rows(engine: Engine, activity_id: int) -> Iterator[tuple[str, ...]]:
    """The rows of the sheet, one a team of the activity, the first opened first."""
    streaming = connect_transactional(engine).execution_options(
        stream_results=True, yield_per=BATCH
    )
    with streaming as connection:
        for batch in connection.execute(_ROWS, {"activity_id": activity_id}).partitions(BATCH):
            yield from map(_cells, batch)


def _cells(row: Row[Any]) -> tuple[str, ...]:
    seats = (row.min_size, row.max_size, row.paid, row.reserved, row.filled)
    money = (row.paid_fen, row.back_fen, row.difference_fen)
    return (
        *(str(row.id), row.code, _STATUS[row.status], str(row.leader_id)),
        *map(_time, (row.created_at, row.expires_at, row.formed_at, row.closed_at)),
        *map(Number, seats),
        "" if row.tier_size is None else Number(row.tier_size),
        *(Number(yuan(int(fen))) for fen in money),
    )


def _time(moment: datetime | None) -> str:
    return moment.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
