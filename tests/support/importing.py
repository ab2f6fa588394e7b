"""Sheets of products for tests, and what became of them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import select

from mall.catalog.importing.running import ImportResult
from mall.catalog.models import Sku, Spu
from mall.inventory.cli import import_files
from mall.inventory.models import Stock
from mall.kernel.db import db, transaction

GOOD: dict[str, Any] = {
    "商品编号": "P1",
    "商品名称": "荞麦枕头",
    "一级分类": "居家",
    "二级分类": "枕",
    "品牌": "山竹家",
    "简介": "硬一点",
    "规格名": "规格;颜色",
    "规格值": "大;红",
    "SKU编号": "P1-1",
    "划线价(元)": "100.00",
    "售价(元)": "59.90",
    "库存": "7",
    "单位": "只",
    "主图": "https://img.example/a.jpg",
    "轮播图": "https://img.example/a.jpg|https://img.example/b.jpg",
    "详情HTML": "<p>好</p>",
    "上架": "是",
    "新品": "否",
    "热销": "是",
}


def sheet(path: Path, *rows: dict[str, Any], without: tuple[str, ...] = ()) -> Path:
    named = dict.fromkeys(header for row in (GOOD, *rows) for header in row)
    headers = [header for header in named if header not in without]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, headers, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**GOOD, **row} for row in rows)
    return path


def run(file: Path, **options: Any) -> ImportResult:
    return import_files(file, None, None, console=Console(quiet=True), **options)


def done(result: ImportResult) -> dict[str, int]:
    return {what: count for what, count in result.counts.items() if count}


def stocks() -> dict[str, int]:
    rows = db.session.execute(
        select(Sku.sku_code, Stock.sellable).join_from(Sku, Stock, Stock.sku_id == Sku.id)
    ).all()
    db.session.remove()
    return {row.sku_code: row.sellable for row in rows}


def everything() -> list[Any]:
    """All that is written of products and SKUs."""
    with transaction() as session:
        return [
            tuple(row)
            for table in (Spu.__table__, Sku.__table__)
            for row in session.execute(select(*table.c))
        ]
