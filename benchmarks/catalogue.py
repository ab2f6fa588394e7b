"""Rows a second of `mall catalog import`, read and written: new, changed, and the same again."""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median

from rich.console import Console

from benchmarks.report import Row, at_least
from benchmarks.stack import running
from mall.catalog.importing.columns import ALL, SKU_CODE
from mall.inventory.cli import import_files
from mall.kernel.db import db

ROWS, SKUS = 10_000, 4
LEAST = 1_000
"""Rows a second. Row by row it was 139: 50,000 rows took six minutes."""
_WORDS = (
    *("纯棉", "四件套", "被芯", "枕头", "床单", "加厚", "轻薄", "机洗", "儿童", "北欧"),
    *("保温杯", "不锈钢", "台灯", "护眼", "收纳盒", "大号", "抽屉", "双层", "防潮", "便携"),
)


def run(rounds: int, _seconds: float) -> Iterator[Row]:
    """A new sheet each round, the same with other prices, and that again."""
    rates: dict[str, list[float]] = {"new": [], "other prices": [], "the same again": []}
    with running() as stack, tempfile.TemporaryDirectory() as folder, stack.app.app_context():
        for turn in range(min(rounds, 3)):
            for kind, price in (("new", 100), ("other prices", 90), ("the same again", 90)):
                file = _sheet(Path(folder, "sheet.csv"), turn, price)
                began = time.perf_counter()
                result = import_files(file, None, None, console=Console(quiet=True))
                rates[kind].append(ROWS / (time.perf_counter() - began))
                if result.refusals:
                    raise RuntimeError(f"the sheet isn't taken: {result.refusals[0]}")
        db.session.remove()
    for kind, found in rates.items():
        yield at_least(f"import of products, {kind}", median(found), "rows/s", LEAST)


def _sheet(file: Path, turn: int, price: int) -> Path:
    chance = Random(turn)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, [*ALL.required, *ALL.optional], restval="")
        writer.writeheader()
        for number in range(ROWS):
            product = number // SKUS
            words = chance.sample(_WORDS, 6)
            writer.writerow(
                {
                    "商品编号": f"B{turn}-{product}",
                    SKU_CODE: f"B{turn}-{product}-{number % SKUS}",
                    "规格值": f"{number % SKUS} 号",
                    "售价(元)": f"{price + number % 50}.00",
                    "重量(克)": str(100 + number % 900),
                    "库存": str(1 + number % 90),
                }
                | ({} if number % SKUS else _of_product(words))
            )
    return file


def _of_product(words: list[str]) -> dict[str, str]:
    detail = "".join(f"<p>{word}，{'、'.join(words)}</p>" for word in words)
    return {
        "商品名称": "".join(words[:4]),
        "一级分类": "家居" if words[0] < words[1] else "日用",
        "二级分类": words[2],
        "品牌": f"品牌{len(words[3])}",
        "简介": "，".join(words),
        "规格名": "款式",
        "主图": "https://img.example/a.jpg",
        "详情HTML": detail,
        "上架": "是",
    }
