"""Rows a second of `mall reviews import`, and of the same sheet again; measuring a text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from statistics import median

from sqlalchemy import text

from benchmarks import seed
from benchmarks.report import Row
from benchmarks.stack import Stack
from mall.kernel.db import db, transaction
from mall.kernel.sheets import SheetRow
from mall.reviews.importing.importing import import_reviews
from mall.reviews.importing.sheet_rows import (
    CODE,
    NAME,
    PICTURES,
    TEXT,
    TIME,
    ImportedRow,
    read_rows,
)
from mall.reviews.rewarding.measuring import measure as measure_text
from mall.reviews.rewarding.phrases import phrases_of

ROWS = 2_000
TEXTS = 500
_WORDS = (
    *("被芯", "轻", "暖", "机洗", "晾干", "颜色", "做工", "尺寸", "包装", "物流"),
    *("客服", "味道", "柔软", "厚实", "喜欢", "一般", "下次", "再买", "家里", "老人"),
)


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """A new sheet each round, then the same again."""
    seed.demo_shop(stack)
    first: list[float] = []
    again: list[float] = []
    with stack.app.app_context():
        with transaction() as session:
            codes = session.scalars(text("SELECT spu_code FROM spus ORDER BY id LIMIT 20")).all()
        for turn in range(max(2, rounds)):
            rows = _rows(list(codes), turn)
            for rates in (first, again):
                began = time.perf_counter()
                import_reviews(rows)
                rates.append(ROWS / (time.perf_counter() - began))
        db.session.remove()
    yield Row("import of reviews, new rows", median(first), "rows/s")
    yield Row("import of reviews, the same sheet again", median(again), "rows/s")
    yield Row("a text of 80 characters measured against five others", _measured() * 1e6, "µs")


def _rows(codes: list[str], turn: int) -> list[ImportedRow]:
    chance = Random(turn)
    rows = [
        SheetRow(
            line,
            {
                CODE: chance.choice(codes),
                TEXT: _text(chance, 5 + line % 30),
                PICTURES: f"https://a.example/{turn}-{line}.jpg" if line % 2 else "",
                TIME: "2018-02-01 00:00:00",
                NAME: "",
            },
        )
        for line in range(2, ROWS + 2)
    ]
    return list(read_rows(rows, datetime.now(UTC))[0])


def _text(chance: Random, words: int) -> str:
    return "，".join(chance.choice(_WORDS) for _ in range(words))


def _measured() -> float:
    chance = Random(0)
    texts = [_text(chance, 28) for _ in range(TEXTS + 5)]
    began = time.perf_counter()
    for one in texts[5:]:
        phrases_of(one)
        measure_text(one, texts[:5])
    return (time.perf_counter() - began) / TEXTS
