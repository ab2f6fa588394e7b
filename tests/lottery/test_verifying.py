"""Draws computed again: by the mall, and by an outsider with the exported rows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.lottery.campaigns.composing import change_published
from mall.lottery.campaigns.running import end
from mall.lottery.desk.schemas import LotteryVersionInSchema
from mall.lottery.proofs.rows import export, verify_lottery
from mall.lottery.proofs.verifying import verify_export
from tests.conftest import ROOT
from tests.support.cli import mall
from tests.support.lottery import (
    begin,
    chances,
    draw_once,
    lottery_terms,
    of_lottery,
    points_rule,
    prize,
    published,
    tamper,
    thanks,
)
from tests.support.users import make_shopper

DRAWS = 12
GUARANTEE = {"draws": 3, "prize": 1}


@pytest.fixture
def drawn(app: Flask) -> int:
    """A lottery with two versions, drawn from by two shoppers."""
    rules = [points_rule(one) for one in (50, 5)]
    prizes = [prize(rules[0], count=4), prize(rules[1], weight=1), thanks(6)]
    terms = lottery_terms(*prizes, tickets=24, guarantee=GUARANTEE)
    lottery_id = published(*prizes, tickets=24, guarantee=GUARANTEE)
    begin(lottery_id)
    shoppers = [make_shopper()[0] for _ in range(2)]
    for user_id in shoppers:
        chances(user_id, lottery_id, DRAWS)
    for number in range(DRAWS // 2):
        draw_once(shoppers[number % 2], lottery_id)
    with transaction() as session:
        row = "SELECT canonical FROM lottery_versions WHERE lottery_id = :id"
        table = json.loads(session.scalars(text(row), {"id": lottery_id}).one())
    times = {name: table[name] for name in ("starts_at", "ends_at")}
    better = {**terms, **times, "prizes": [*prizes[:2], thanks(5)], "replaces": 2}
    loaded = LotteryVersionInSchema().load({**better, "accept_warnings": True})
    replaces, _ = loaded.pop("replaces"), loaded.pop("accept_warnings")
    change_published(lottery_id, replaces, loaded, accept_warnings=True)
    for number in range(DRAWS // 2):
        draw_once(shoppers[number % 2], lottery_id)
    return lottery_id


def faults(lottery_id: int) -> list[int]:
    return [one.number for one in verify_lottery(lottery_id)]


def test_what_was_drawn_agrees(drawn: int) -> None:
    assert of_lottery(drawn, "version") == 2
    assert faults(drawn) == []


@pytest.mark.parametrize(
    "change",
    [
        "prize = (prize + 1) % 3",
        "nonce = 'x' || nonce",
        "random = repeat('0', 64)",
        "random = 'no digits'",
        "guaranteed = NOT guaranteed",
        "left_counts = '[9, 0, 0]'",
        "version = 2",
    ],
)
def test_a_row_that_was_tampered_with_is_named(drawn: int, change: str) -> None:
    """That row, and no other."""
    tamper(drawn, 5, change)
    assert faults(drawn) == [5]


def test_rows_that_are_missing_are_seen(drawn: int) -> None:
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("DELETE FROM lottery_draws WHERE number IN (4, 12)"))
    assert faults(drawn)[0] == 5
    assert faults(drawn)[-1] == 11, "the last one is missing"


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("lottery_versions", "canonical = replace(canonical, '每次', '每天')"),
        ("lotteries", "commitment = repeat('0', 64)"),
    ],
)
def test_another_table_or_secret_is_seen(drawn: int, table: str, change: str) -> None:
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(f"UPDATE {table} SET {change}"))
    assert 0 in faults(drawn)


def test_the_command(app: Flask, drawn: int, tmp_path: Path) -> None:
    assert mall(app, "lottery", "verify").output == f"lottery {drawn}: holds\n"
    exported = tmp_path / "lottery.json"
    exported.write_text(mall(app, "lottery", "export", str(drawn)).output, encoding="utf-8")
    hidden = mall(app, "lottery", "verify-export", str(exported))
    assert (hidden.exit_code, "revealed when the lottery is over" in hidden.output) == (1, True)
    end(drawn, "结束")
    exported.write_text(mall(app, "lottery", "export", str(drawn)).output, encoding="utf-8")
    assert mall(app, "lottery", "verify-export", str(exported)).exit_code == 0
    tamper(drawn, 7, "prize = (prize + 1) % 3")
    wrong = mall(app, "lottery", "verify", str(drawn))
    assert (wrong.exit_code, "draw 7: " in wrong.output) == (1, True)
    exported.write_text(mall(app, "lottery", "export", str(drawn)).output, encoding="utf-8")
    assert mall(app, "lottery", "verify-export", str(exported)).exit_code == 1


def test_an_outsider_needs_nothing_of_the_mall(drawn: int, tmp_path: Path) -> None:
    """The script of the documentation, run on an export by a Python without the mall."""
    end(drawn, "结束")
    stored = export(drawn)
    assert verify_export(stored) == []
    assert outsider(stored, tmp_path) == ""
    stored["rows"][6]["prize"] = (stored["rows"][6]["prize"] + 1) % 3
    assert [one.number for one in verify_export(stored)] == [7]
    assert "draw 7" in outsider(stored, tmp_path)


def outsider(stored: dict[str, Any], folder: Path) -> str:
    page = (ROOT / "docs" / "lottery.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?# verify\.py.*?)```", page, re.S)
    assert found is not None
    (folder / "verify.py").write_text(found[1], encoding="utf-8")
    (folder / "lottery.json").write_text(json.dumps(stored), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", "lottery.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
