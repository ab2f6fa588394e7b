"""Every list has an index for what it filters by: no table that grows with history is read whole.

Each list is asked without and with each of its filters; the planner reads a table whole only where
it has no other way. That it has other plans for few rows doesn't matter here.
"""

from __future__ import annotations

import pytest
from flask import Flask
from redis import Redis

from benchmarks.growth.questions import filled, questions
from benchmarks.growth.tables import SMALL
from mall.kernel.db import Base
from tests.bad_input.world import World, a_world
from tests.support.plans import Statement, huge_tables, read_whole, statements

KNOWN: dict[str, str] = {
    "/admin/api/v1/points-reports/liability": "what is owed to everybody, asked once in a while",
}
"""Lists that read a table whole, with why that may be."""


@pytest.fixture
def world(app: Flask, redis: Redis) -> World:
    return a_world(app, redis)


def test_no_list_reads_a_table_that_grows_whole(app: Flask, world: World) -> None:
    asked: dict[str, list[Statement]] = {}
    for path, query in questions(app):
        who = world.admin if path.startswith("/admin/") else world.shopper
        with statements() as sent:
            answer = who.get(filled(path, world.ids), **query)
            answer.close()
        assert answer.status_code < 500, (path, query)
        asked[f"{path} {' '.join(query)}".strip()] = sent
    assert len(asked) > 300
    with huge_tables():
        whole = {name: tables for name, sent in asked.items() if (tables := read_whole(sent))}
    assert whole.keys() == KNOWN.keys(), whole


def test_small_tables_are_named_as_they_are() -> None:
    assert set(Base.metadata.tables) >= SMALL


@pytest.mark.parametrize(
    ("statement", "whole"),
    [
        ("SELECT * FROM orders WHERE remark = ''", {"orders"}),
        ("SELECT count(id) FROM orders", {"orders"}),
        ("SELECT id FROM orders ORDER BY id DESC LIMIT 20", set()),
        ("SELECT max(id) FROM orders", set()),
        ("SELECT id FROM orders WHERE created_at >= now()", set()),
        (
            "SELECT o.id FROM orders o WHERE o.created_at >= now() AND NOT EXISTS"
            " (SELECT FROM order_lines l WHERE o.order_no = 'x' || l.order_id)",
            {"order_lines"},
        ),
        (
            "SELECT o.id FROM orders o WHERE o.created_at >= now() AND NOT EXISTS"
            " (SELECT FROM order_lines l WHERE o.id = l.order_id)",
            set(),
        ),
        ("SELECT id FROM orders WHERE hold_reason IS NOT NULL", set()),
    ],
)
def test_what_is_read_whole_by_itself_or_along_an_index(
    app: Flask, statement: str, whole: set[str]
) -> None:
    with huge_tables():
        assert read_whole([(statement, None)]) == whole
