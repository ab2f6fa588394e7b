"""`mall reviews …`: what of a sheet is paid; the demo's rewards."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from mall.kernel.db import transaction
from mall.reviews.demo.rewards import offer_rewards
from mall.reviews.rewarding.previewing import offers
from tests.reviews.corpus import own
from tests.support.cli import mall

HEAD = "商品编号,评价内容,图片\n"
ADDRESSES = "|".join(f"https://a.example/{number}.jpg" for number in range(3))


def test_a_sheet_is_measured(app: Flask, tmp_path: Path) -> None:
    long = [one.text for one in own() if len(one.text) > 60]
    cheat = "高质量的评价，" * 9
    file = tmp_path / "reviews.csv"
    lines = [f"D1,{text},{ADDRESSES}" for text in (long[0], cheat, long[0], "很好")]
    file.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    done = mall(app, "reviews", "measure", file)
    assert done.exit_code == 0, done.output
    assert "4 rows, 3 with the length and the pictures, 1 paid" in done.output
    fewer = mall(app, "reviews", "measure", file, "--characters", 2)
    assert "4 rows, 4 with the length and the pictures, 3 paid" in fewer.output


def test_a_file_that_is_no_sheet_is_said(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("商品编号,图片\nD1,x\n", encoding="utf-8")
    done = mall(app, "reviews", "measure", file)
    assert done.exit_code == 2
    assert "评价内容" in done.output


def test_the_demo_offers_its_rewards_once(app: Flask) -> None:
    assert [offer_rewards(), offer_rewards()] == [2, 0]
    with transaction() as session:
        quality, _ = offers(session)
    assert (quality.min_characters, quality.min_pictures) == (50, 3)
    assert quality.reward == [{"kind": "points", "what": "", "count": 200}]
