"""Rows of a sheet of reviews: which are right, and which review each is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mall.kernel.sheets import read_sheet
from mall.reviews.importing.sheet_rows import (
    CODE,
    COLUMNS,
    PICTURES,
    TEXT,
    TIME,
    ImportedRow,
    read_rows,
)
from tests.reviews.corpus import REAL

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEAD = "商品编号,评价内容,图片,时间\n"


def rows_of(folder: Path, lines: str) -> tuple[list[ImportedRow], list[tuple[int, str]]]:
    path = folder / "reviews.csv"
    path.write_text(HEAD + lines, encoding="utf-8")
    found, refused = read_rows(read_sheet(path, COLUMNS).rows, NOW)
    return list(found), [(one.line, one.column) for one in refused]


def test_a_row(tmp_path: Path) -> None:
    addresses = "https://a.example/1.jpg| https://a.example/2.jpg |"
    (row,), refused = rows_of(tmp_path, f"A1, 很好，很软 ,{addresses},2018-02-01 08:00:00\n")
    assert not refused
    assert (row.code, row.text, row.line) == ("A1", "很好，很软", 2)
    assert row.pictures == ("https://a.example/1.jpg", "https://a.example/2.jpg")
    assert row.written_at == datetime(2018, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",很好,,", CODE),
        (f"{'A' * 61},很好,,", CODE),
        ("A1,,,", TEXT),
        (f"A1,{'好' * 2001},,", TEXT),
        ("A1,很好,javascript:alert(1),", PICTURES),
        ("A1,很好,ftp://a.example/1.jpg,", PICTURES),
        ("A1,很好,https://,", PICTURES),
        ("A1,很好,https://[::1,", PICTURES),
        (f"A1,很好,https://a.example/{'x' * 500},", PICTURES),
        ("A1,很好," + "|".join(["https://a.example/1.jpg"] * 21) + ",", PICTURES),
        ("A1,很好,,2018-02-30", TIME),
        ("A1,很好,,yesterday", TIME),
        ("A1,很好,,2030-01-01", TIME),
        ("A1,很好,,2018-02-01,surplus", ""),
    ],
)
def test_a_row_that_is_wrong_is_named_and_the_rest_goes_in(
    tmp_path: Path, line: str, column: str
) -> None:
    found, refused = rows_of(tmp_path, f"{line}\nA2,不错,,2018-02-01\n")
    assert refused == [(2, column)]
    assert [one.code for one in found] == ["A2"]


def test_rows_that_are_all_alike_are_reviews_of_their_own(tmp_path: Path) -> None:
    same = "A1,不错,,2018-02-01\n"
    found, _ = rows_of(tmp_path, same * 3 + "A2,不错,,2018-02-01\n")
    assert len({one.key for one in found}) == 4
    again, _ = rows_of(tmp_path, "A2,不错,,2018-02-01\n" + same * 3)
    assert {one.key for one in again} == {one.key for one in found}


@pytest.mark.skipif(not REAL.exists(), reason="the shared data isn't here")
def test_a_real_sheet_is_read_whole() -> None:
    found, refused = read_rows(read_sheet(REAL, COLUMNS).rows, NOW)
    assert not refused
    assert len(found) == len({one.key for one in found}) == 994
    assert sum(len(one.pictures) > 2 for one in found) == 88
