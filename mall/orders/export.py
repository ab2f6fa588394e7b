"""Orders as a sheet: streamed from a server-side cursor, so memory stays flat.

It reads on a connection of its own, since the answer is sent after the request's session
is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.engine import Engine

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import connect_transactional
from mall.kernel.money import yuan
from mall.kernel.sheet_chunks import BATCH, Number
from mall.orders.addresses import open_address
from mall.orders.also_paid import also_paid_in_words
from mall.orders.holding import HOLD_REASONS
from mall.orders.kinds import ORDER_KINDS
from mall.orders.models import Order, OrderLine
from mall.orders.queries import OrderFilter
from mall.orders.states import LABELS

HEADER = (
    *("订单号", "类型", "状态", "暂缓原因", "下单时间", "付款时间", "发货时间", "用户编号"),
    *("商品编码", "商品", "规格", "单价", "数量", "已发", "已退", "行应付"),
    *("行补差", "订单应付", "运费", "已付", "已退款", "收货人", "电话", "地区", "地址"),
    *("买家留言", "备注", "另付"),
)
COSTS_HEADER = (*HEADER, "成本单价")
Cells = tuple[str, ...]


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
        .with_only_columns(*columns, also_paid_in_words())
        .order_by(Order.id.desc(), OrderLine.position)
    )
    # The rows are read when the request's app context is gone.
    labels = _Labels.of_app()
    cells = _cells_and_cost if costs else _cells
    return _streamed(engine, query, lambda row: cells(row, labels))


def _streamed(
    engine: Engine, query: Select[*tuple[Any, ...]], cells: Callable[[Row[Any]], Cells]
) -> Iterator[tuple[str, ...]]:
    streaming = connect_transactional(engine).execution_options(
        stream_results=True, yield_per=BATCH
    )
    with streaming as connection:
        for batch in connection.execute(query).partitions(BATCH):
            yield from map(cells, batch)


@dataclass(frozen=True)
class _Labels:
    """What kinds and holds are called."""

    kinds: Mapping[str, str]
    holds: Mapping[str, str]

    @classmethod
    def of_app(cls) -> _Labels:
        return cls(
            {name: kind.label for name, kind in ORDER_KINDS.items().items()},
            {code: reason.label for code, reason in HOLD_REASONS.items().items()},
        )


def _line_columns() -> list[Any]:
    names = (
        *("sku_code", "name", "spec_text", "price_fen", "cost_fen", "quantity"),
        *("shipped_quantity", "refunded_quantity", "rebated_fen"),
    )
    return [
        *(getattr(OrderLine, name).label(f"line_{name}") for name in names),
        OrderLine.payable_fen.label("line_payable_fen"),
    ]


def _cells(row: Row[Any], labels: _Labels) -> Cells:
    address = open_address(row.address_sealed)
    receiver = (
        (address.receiver, address.phone, address.region_names, address.detail)
        if address
        else ("",) * 4
    )
    return (
        *(row.order_no, labels.kinds.get(row.kind, row.kind), LABELS[row.status]),
        labels.holds.get(row.hold_reason, row.hold_reason or ""),
        *map(_time, (row.created_at, row.paid_at, row.shipped_at)),
        *(str(row.user_id), row.line_sku_code, row.line_name, row.line_spec_text),
        *(_money(row.line_price_fen), _units(row.line_quantity)),
        *(_units(row.line_shipped_quantity), _units(row.line_refunded_quantity)),
        *map(_money, (row.line_payable_fen, row.line_rebated_fen)),
        *map(_money, (row.payable_fen, row.freight_fen)),
        *map(_money, (row.paid_fen, row.refunded_fen)),
        *receiver,
        *(row.remark, row.staff_note, row.also_paid),
    )


def _cells_and_cost(row: Row[Any], labels: _Labels) -> Cells:
    cost_fen = row.line_cost_fen
    return (*_cells(row, labels), "" if cost_fen is None else _money(cost_fen))


def _money(fen: int) -> Number:
    return Number(yuan(fen))


def _units(count: int) -> Number:
    return Number(count)


def _time(moment: datetime | None) -> str:
    return moment.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
