"""A page of a product's reviews: of a million beside of a thousand, and warm beside the list of
products."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from sqlalchemy import text

from benchmarks import load, seed
from benchmarks.load import request_bytes
from benchmarks.report import Row, at_least, at_most
from benchmarks.stack import Stack
from mall.kernel.db import db, transaction
from mall.reviews.ratings.queries import HELPFUL, NEWEST, ReviewList, product_reviews

MANY, FEW = 1_000_000, 1_000
PAGE = 20
PAGES = 200
"""Pages in a round of each list, from its beginning on."""
MOST, LEAST = 1.3, 0.8
_WITHOUT_REVIEWS = """
    SELECT id FROM spus s WHERE NOT EXISTS (SELECT 1 FROM reviews r WHERE r.spu_id = s.id)
    AND NOT EXISTS (SELECT 1 FROM spu_ratings r WHERE r.spu_id = s.id) ORDER BY id LIMIT 2
"""
"""The demo shop's first products have some already."""
# One tenth has pictures. Wilson's bound is spread as votes spread it.
_FILL = (
    """
    INSERT INTO reviews (spu_id, nickname, text, origin, status, approved_at, created_at, wilson)
    SELECT :spu_id, '用户' || n, repeat('质量很好，', 1 + n % 12), 'import', 'approved', now(),
        now() - n * interval '1 second', random()
    FROM generate_series(1, :count) n
    """,
    """
    INSERT INTO review_listings (spu_id, facet, review_id, wilson)
    SELECT r.spu_id, f.facet, r.id, r.wilson FROM reviews r
    JOIN (VALUES ('all', 1), ('pictures', 10)) f (facet, one_of) ON r.id % f.one_of = 0
    WHERE r.spu_id = :spu_id
    """,
    "INSERT INTO spu_ratings (spu_id, approved) VALUES (:spu_id, :count)",
    "ANALYZE reviews, review_listings, spu_ratings",
)


def measure(stack: Stack, rounds: int, seconds: float) -> Iterator[Row]:
    """The lists in turn, page after page, without a cache; then both routes warm."""
    seed.demo_shop(stack)
    with stack.app.app_context():
        few, many = _filled(stack)
        for sort in (HELPFUL, NEWEST):
            for facet in ("all", "pictures"):
                yield from _beside(few, many, facet, sort, rounds)
        db.session.remove()
    yield from _warm(stack, many, rounds, seconds)


def _filled(stack: Stack) -> tuple[int, int]:
    with transaction() as session:
        few, many = session.scalars(text(_WITHOUT_REVIEWS)).all()
    for spu_id, count in ((few, FEW), (many, MANY)):
        for statement in _FILL:
            given = {"spu_id": spu_id, "count": count}
            used = {name: value for name, value in given.items() if f":{name}" in statement}
            with transaction() as session:
                session.execute(text("SET LOCAL statement_timeout = 0"))
                session.execute(text(statement), used)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM reviews, review_listings"))
    return few, many


def _beside(few: int, many: int, facet: str, sort: str, rounds: int) -> Iterator[Row]:
    small, large = [], []
    for _ in range(max(2, rounds)):
        small += _pages(ReviewList(few, facet, sort))
        large += _pages(ReviewList(many, facet, sort))
    name = f"review page, {facet} by {sort}"
    yield Row(f"{name}, of 1,000,000", median(large) * 1000, "ms")
    yield at_most(f"{name}, of 1,000,000 ÷ of 1,000", median(large) / median(small), "ratio", MOST)


def _pages(wanted: ReviewList) -> list[float]:
    """The seconds of each page, from the first on; from the first again after the last."""
    taken = []
    cursor = None
    for _ in range(PAGES):
        began = time.perf_counter()
        page = product_reviews(db.session(), wanted, cursor, PAGE)
        taken.append(time.perf_counter() - began)
        db.session.rollback()
        cursor = page.next_cursor
    return taken


def _warm(stack: Stack, spu_id: int, rounds: int, seconds: float) -> Iterator[Row]:
    paths = {"reviews": f"/api/v1/products/{spu_id}/reviews", "products": "/api/v1/products"}
    found: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(max(2, rounds)):
        for name, path in paths.items():
            outcome = load.run(
                stack.web_port, [request_bytes("GET", path)], connections=8, seconds=seconds
            )
            if set(outcome.statuses) != {200}:
                raise RuntimeError(f"expected only 200, got {dict(outcome.statuses)}")
            found[name].append(outcome.per_second)
    rates = {name: median(each) for name, each in found.items()}
    yield Row("review list, warm", rates["reviews"], "1/s")
    share = median(a / b for a, b in zip(found["reviews"], found["products"], strict=True))
    yield at_least("review list ÷ product list, both warm", share, "ratio", LEAST)
