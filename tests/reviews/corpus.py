"""Texts of reviews: the project's own, and those of a real shop where they are at hand."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT, SHARED

OWN = ROOT / "mall" / "demo" / "reviews.csv"
REAL = SHARED / "data" / "reviews.csv"


@dataclass(frozen=True)
class Written:
    """One review of a file."""

    code: str
    text: str
    pictures: int


def own() -> list[Written]:
    return [Written(row["商品编号"], row["评价内容"], int(row["图片数"])) for row in _rows(OWN)]


def real() -> list[Written]:
    return [
        Written(
            row["商品编号"],
            row["评价内容"],
            len({address for address in row["图片"].split("|") if address}),
        )
        for row in _rows(REAL)
    ]


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
