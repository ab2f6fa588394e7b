"""Posters a second of one worker, and what other routes feel of a burst of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from sqlalchemy import text

from benchmarks import load, seed
from benchmarks.load import request_bytes
from benchmarks.points.people import people
from benchmarks.report import Row
from benchmarks.stack import Stack
from mall.drawing.layouts import LayoutSchema
from mall.kernel.db import db, transaction
from mall.referral.posters.making import ask_for_poster
from mall.referral.posters.templates import DESIGNS

BURST = 200
LONGEST_S = 120
_BOXES = (
    {"kind": "picture", "x": 40, "y": 40, "width": 670, "height": 670, "radius": 24},
    {
        "kind": "title",
        "x": 40,
        "y": 740,
        "width": 670,
        "height": 120,
        "font_px": 36,
        "max_lines": 2,
    },
    {"kind": "price", "x": 40, "y": 880, "width": 300, "height": 70, "font_px": 48, "bold": True},
    {"kind": "code", "x": 510, "y": 960, "width": 200, "height": 200},
)


def measure(stack: Stack, rounds: int, seconds: float) -> Iterator[Row]:
    """In each round a quiet time, then a burst; both under the same load of another route."""
    seed.demo_shop(stack)
    product_id, template_id = _prepared(stack)
    path = f"/api/v1/products/{product_id}"
    quiet, busy, made = [], [], []
    for _ in range(min(3, rounds)):
        quiet.append(_slowest(stack, path, seconds))
        began = time.perf_counter()
        _ask(stack, product_id, template_id)
        busy.append(_slowest(stack, path, seconds))
        _wait(stack, began)
        made.append(BURST / (time.perf_counter() - began))
    yield Row("posters by one worker, under a load of another route", median(made), "1/s")
    yield Row("p99 of product detail, no posters", median(quiet) * 1000, "ms")
    yield Row("p99 of product detail, posters meanwhile", median(busy) * 1000, "ms")
    share = median(b / q for b, q in zip(busy, quiet, strict=True))
    yield Row("p99 of product detail, with posters ÷ without", share, "ratio")


def _prepared(stack: Stack) -> tuple[int, int]:
    layout: dict[str, Any] = {"width": 750, "height": 1200, "boxes": list(_BOXES)}
    terms = {
        "name": "海报",
        "page_kinds": ["product"],
        "layout": LayoutSchema().load(layout),
        "enabled": True,
    }
    with stack.app.app_context():
        template_id = DESIGNS.create(terms)
        product_id = db.session.scalar(text("SELECT min(id) FROM spus WHERE on_shelf"))
        db.session.remove()
    return int(product_id), template_id


def _ask(stack: Stack, product_id: int, template_id: int) -> None:
    """So many shoppers press at once."""
    with stack.app.app_context():
        for person in people(stack, BURST):
            ask_for_poster(person.user_id, template_id, "product", product_id)
        db.session.remove()


def _slowest(stack: Stack, path: str, seconds: float) -> float:
    """The 99th percentile of one route, in seconds."""
    outcome = load.run(stack.web_port, [request_bytes("GET", path)], connections=4, seconds=seconds)
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"expected only 200, got {dict(outcome.statuses)}")
    return outcome.percentile(0.99)


def _wait(stack: Stack, began: float) -> None:
    with stack.app.app_context():
        while True:
            with transaction() as session:
                left = session.scalar(text("SELECT count(*) FROM posters WHERE status = 'waiting'"))
            if not left:
                return
            if time.perf_counter() - began > LONGEST_S:
                raise RuntimeError(f"{left} posters weren't made in {LONGEST_S} s")
            time.sleep(0.05)
