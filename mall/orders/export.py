"""Orders as a sheet: streamed from a server-side cursor, so memory stays flat.

It reads on a connection of its own, since the answer is sent after the request's session
is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.engine import Engine

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import connect_transactional
from mall.kernel.money import yuan
from mall.kernel.sheet_chunks import BATCH, Number
from mall.orders.models import Order, OrderLine
from mall.orders.queries import OrderFilter, open_address

HEADER = (
    *("订单号", "状态", "下单时间", "付款时间", "发货时间", "用户编号"),
    *("商品编码", "商品", "规格", "单价", "数量", "已发", "已退", "行应付"),
    *("订单应付", "运费", "已付", "已退款", "收货人", "电话", "地区", "地址", "买家留言", "备注"),
)
COSTS_HEADER = (*HEADER, "成本单价")


def order_rows(
    engine: Engine, wanted: OrderFilter, *, costs: bool = False
) -> Iterator[tuple[str, ...]]:
    """The rows of the sheet, one an order line, newest orders first.

    With `costs` each has the line's cost price too, as COSTS_HEADER says.
    """
    columns = (*Order.__table__.columns, *_line_columns())
    query = (
        wanted.apply(select(Order))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .with_only_columns(*columns)
        .order_by(Order.id.desc(), OrderLine.position)
    )
    streaming = connect_transactional(engine).execution_options(
        stream_results=True, yield_per=BATCH
    )
    with streaming as connection:
        for batch in connection.execute(query).partitions(BATCH):
            yield from map(_cells_and_cost if costs else _cells, batch)


def _line_columns() -> list[Any]:
    names = (
        *("sku_code", "name", "spec_text", "price_fen", "cost_fen", "quantity"),
        *("shipped_quantity", "refunded_quantity"),
    )
    return [
        *(getattr(OrderLine, name).label(f"line_{name}") for name in names),
        OrderLine.payable_fen.label("line_payable_fen"),
    ]


def _cells(row: Row[Any]) -> tuple[str, ...]:
    address = open_address(row.address_sealed)
    return (
        *(row.order_no, row.status, *map(_time, (row.created_at, row.paid_at, row.shipped_at))),
        *(str(row.user_id), row.line_sku_code, row.line_name, row.line_spec_text),
        *(_money(row.line_price_fen), _units(row.line_quantity)),
        *(_units(row.line_shipped_quantity), _units(row.line_refunded_quantity)),
        *map(_money, (row.line_payable_fen, row.payable_fen, row.freight_fen)),
        *map(_money, (row.paid_fen, row.refunded_fen)),
        *(address.receiver, address.phone, address.region_names, address.detail),
        *(row.remark, row.staff_note),
    )


def _cells_and_cost(row: Row[Any]) -> tuple[str, ...]:
    cost_fen = row.line_cost_fen
    return (*_cells(row), "" if cost_fen is None else _money(cost_fen))


def _money(fen: int) -> Number:
    return Number(yuan(fen))


def _units(count: int) -> Number:
    return Number(count)


def _time(moment: datetime | None) -> str:
    return moment.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
