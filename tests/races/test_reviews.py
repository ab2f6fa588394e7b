"""Reviews that race, each with a control without the guard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.reviews.moderation import deciding
from mall.reviews.ratings import counting
from mall.reviews.ratings.models import SpuRating
from mall.reviews.ratings.voting import vote
from mall.reviews.writing.defaults import write_defaults
from mall.reviews.writing.editing import delete_review
from mall.reviews.writing.errors import ReviewExists
from mall.reviews.writing.names import REVIEW
from mall.reviews.writing.reviewing import write_review
from tests.support.invariants import rows_of
from tests.support.orders import make_goods
from tests.support.races import Rendezvous, slow_writes, together, without, without_row_locks
from tests.support.users import make_shopper
from tests.support.written import (
    TERMS,
    approved,
    completed_days_ago,
    received,
    review_row,
    reviews_hold,
    spu_of,
    written,
)

MANY = 20
UNIQUE = "uq_reviews_order_line_id"
DROP = f"ALTER TABLE reviews DROP CONSTRAINT {UNIQUE}"
RESTORE = f"ALTER TABLE reviews ADD CONSTRAINT {UNIQUE} UNIQUE (order_line_id)"


def approve(review_id: int) -> bool:
    with transaction() as session:
        return deciding.decide(session, REVIEW, review_id, "approved")


def send_at_once(app: Flask) -> tuple[int, int]:
    """The same review is sent by many: how many were told that it was there, how many are."""
    order = received()
    send = partial(write_review, order.user_id, order.order_no, 1, TERMS)
    with slow_writes("reviews", of="INSERT", seconds=0.1):
        outcomes = together(app, [send] * MANY)
    with transaction() as session:
        count = session.scalar(text("SELECT count(*) FROM reviews"))
    return sum(isinstance(one, ReviewExists) for one in outcomes), int(count or 0)


def test_the_same_review_sent_many_times(app: Flask) -> None:
    assert send_at_once(app) == (MANY - 1, 1)
    reviews_hold()


def test_control_without_the_constraint_a_line_is_reviewed_often(app: Flask) -> None:
    with without(DROP, RESTORE, table="reviews"):
        _, count = send_at_once(app)
        assert count > 1


def test_a_review_against_its_default(app: Flask) -> None:
    order = received()
    completed_days_ago(order.order_no, 15)
    with transaction() as session:
        session.execute(text("UPDATE orders SET completed_at = now()"))
        session.execute(text("UPDATE review_chances SET until = now() + interval '0.2 s'"))
    send = partial(write_review, order.user_id, order.order_no, 1, TERMS)
    calls: list[Callable[[], object]] = [send, *[write_defaults] * 4]
    with slow_writes("reviews", of="INSERT", seconds=0.3):
        together(app, calls)
        write_defaults()
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM reviews")) == 1
    reviews_hold()


def approve_and_delete(app: Flask) -> list[object]:
    """A moderator approves while the writer deletes: what came of both."""
    order = received()
    review_id = written(order)
    calls: list[Callable[[], object]] = [
        partial(approve, review_id),
        partial(delete_review, order.user_id, review_id),
    ]
    with slow_writes("reviews", of="UPDATE", seconds=0.2):
        outcomes = together(app, calls)
    broken = [code for code in ("I20a", "I20b", "I20d", "I20f") if rows_of(code)]
    stays = review_row(review_id).status != "deleted"
    faults = [one for one in outcomes if isinstance(one, Exception)]
    return [*faults, *broken, *(["it stays"] if stays else [])]


def test_what_is_deleted_while_it_is_approved_is_deleted(app: Flask) -> None:
    for _ in range(4):
        assert approve_and_delete(app) == []
    reviews_hold()


def test_control_without_locks_approval_and_deletion_collide(app: Flask) -> None:
    with without_row_locks("reviews"), without_row_locks("moderated_contents"):
        assert [found for _ in range(4) for found in approve_and_delete(app)]


def storm(app: Flask) -> tuple[int, int]:
    """Many shoppers press twice each: what the review counts, and how many votes there are."""
    review_id = approved()
    voters = [make_shopper()[0] for _ in range(8)]
    calls = [partial(vote, one, review_id, helpful=True) for one in voters * 2]
    with slow_writes("review_votes", of="INSERT", seconds=0.05):
        outcomes = together(app, calls)
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    with transaction() as session:
        votes = session.scalar(text("SELECT count(*) FROM review_votes"))
    return review_row(review_id).helpful, int(votes or 0)


def test_a_storm_of_votes_counts_each_shopper_once(app: Flask) -> None:
    assert storm(app) == (8, 8)
    reviews_hold()


def test_control_without_the_lock_votes_are_lost(app: Flask) -> None:
    with without_row_locks("reviews"):
        counted, votes = storm(app)
        assert counted < votes == 8
        assert rows_of("I20e")


def approve_all(app: Flask) -> int:
    """Many reviews of one product are approved at once: how many its row counts."""
    sku = make_goods(50)
    ids = [written(received(sku)) for _ in range(8)]
    outcomes = together(app, [partial(approve, one) for one in ids])
    assert outcomes == [True] * 8
    with transaction() as session:
        query = text("SELECT approved FROM spu_ratings WHERE spu_id = :id")
        return int(session.execute(query, {"id": spu_of(sku)}).scalar_one())


def test_approvals_at_once_are_all_counted(app: Flask) -> None:
    assert approve_all(app) == 8
    reviews_hold()


def test_control_counts_that_are_read_and_written_back_lose_some(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet = Rendezvous(8)

    def careless(session: Session, spu_id: int, counts: dict[str, int], _tags: object) -> None:
        if not any(counts.values()):
            return
        known = session.get(SpuRating, spu_id)
        before = {name: getattr(known, name, 0) for name in counts}
        meet()
        values = {name: before[name] + step for name, step in counts.items()}
        names, given = ", ".join(values), ", ".join(f":{name}" for name in values)
        puts = ", ".join(f"{name} = :{name}" for name in values)
        session.execute(
            text(
                f"INSERT INTO spu_ratings (spu_id, {names}) VALUES (:spu_id, {given})"
                f" ON CONFLICT (spu_id) DO UPDATE SET {puts}"
            ),
            {"spu_id": spu_id, **values},
        )

    monkeypatch.setattr(counting, "_count", careless)
    assert approve_all(app) < 8
    db.session.rollback()
    assert rows_of("I20b")
