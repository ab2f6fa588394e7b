"""The demo shop's reviews: made once, finished when a load was stopped, shown as any others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.reviews.demo.answers import ask_and_answer
from mall.reviews.demo.trials import hold_trials, open_trial, rows
from tests.support.catalog import make_sku
from tests.support.cli import mall
from tests.support.http import Http
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.users import make_regions

CODES = ("D1001", "D1003", "D2001")


@pytest.fixture
def goods(app: Flask) -> None:
    """The products of the demo catalogue that have reviews, or a trial."""
    make_regions()
    for code in CODES:
        sku_id = stock(make_sku(price_fen=10_000, name=code), 50)
        with transaction() as session:
            session.execute(
                text(
                    "UPDATE spus SET spu_code = :code"
                    " WHERE id = (SELECT spu_id FROM skus WHERE id = :id)"
                ),
                {"code": code, "id": sku_id},
            )


def count(table: str) -> int:
    db.session.rollback()
    return int(db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def product(http: Http, what: str) -> dict[str, Any]:
    """What everybody reads of the most reviewed product."""
    db.session.rollback()
    spu_id = db.session.scalar(text("SELECT id FROM spus WHERE spu_code = 'D1001'"))
    found: dict[str, Any] = http.get(f"/api/v1/products/{spu_id}/{what}").get_json()
    return found


def test_reviews_of_all_stars_with_what_belongs_to_them(
    app: Flask, http: Http, work: Callable[[], None]
) -> None:
    loaded = mall(app, "demo", "load")
    assert loaded.exit_code == 0, loaded.output
    said = f"{len(list(rows()))} reviews, 3 trials, 1 question"
    assert said in loaded.output
    work()
    check_invariants()

    rating = product(http, "rating")
    assert rating["stars"] == {"1": 1, "2": 0, "3": 1, "4": 1, "5": 2}
    assert (rating["follow_ups"], rating["low"], rating["with_pictures"]) == (2, 1, 5)
    items = product(http, "reviews")["items"]
    assert {one["trial"] for one in items} == {True}
    assert sum(one["reply"] is not None for one in items) == 2
    assert all(http.get(one["pictures"][0]["url"]).status_code == 200 for one in items)
    (asked,) = product(http, "questions")["items"]
    assert (asked["answers"], asked["top_answer"]["by_shop"]) == (3, True)
    db.session.rollback()
    states = db.session.scalars(text("SELECT DISTINCT status FROM trial_applications")).all()
    assert states == ["done"]
    waiting = db.session.scalar(text("SELECT count(*) FROM moderated_contents WHERE manual"))
    assert waiting == 0, "nothing of the demo's own is taken for a copy"

    before = {table: count(table) for table in ("reviews", "trials", "uploads", "orders", "users")}
    again = mall(app, "demo", "load")
    assert "0 reviews, 0 trials, 0 question" in again.output
    assert {table: count(table) for table in before} == before


def test_a_load_that_was_stopped_is_finished_by_the_next(
    goods: None, monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]
) -> None:
    """Stopped at each step of the first officer's review, one step further each time."""
    stops = ("ship", "confirm_receipt", "say")
    for name in stops:
        with monkeypatch.context() as patch:
            patch.setattr(f"mall.reviews.demo.trials.{name}", _stop)
            with pytest.raises(KeyboardInterrupt):
                hold_trials()
    held = hold_trials()
    assert (held.trials, held.reviews) == (1, len(list(rows()))), "the first trial was there"
    assert open_trial() == 1
    assert ask_and_answer() == 1
    work()
    check_invariants()


def _stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
