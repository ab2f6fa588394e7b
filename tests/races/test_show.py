"""The buyer show under many at once, each with a control without the guard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.reviews.moderation import deciding
from mall.reviews.show import liking
from mall.reviews.show.featuring import end_entry, feature_review
from mall.reviews.show.liking import collect, like, unlike
from mall.reviews.writing.editing import delete_review
from tests.support.invariants import rows_of
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.show import (
    clerk,
    coupon_column,
    entry,
    featured,
    make_column,
    pictured,
    show_holds,
)
from tests.support.users import make_shopper
from tests.support.written import review_row, work

FANS, PRESSES = 6, 3


def faults(outcomes: list[Any]) -> list[Any]:
    return [one for one in outcomes if isinstance(one, Exception)]


# -- likes --------------------------------------------------------------------------------------


def storm(app: Flask) -> tuple[int, int]:
    """Several shoppers like an entry and collect it, three times each: what it counts."""
    entry_id = featured()
    fans = [make_shopper()[0] for _ in range(FANS)]
    calls = [partial(press, one, entry_id) for one in fans for press in (like, collect)] * PRESSES
    outcomes = together(app, calls)
    assert faults(outcomes) == []
    row = entry(entry_id)
    return row.likes, row.collects


def test_a_storm_of_likes_counts_each_shopper_once(app: Flask) -> None:
    assert storm(app) == (FANS, FANS)
    show_holds()


def test_control_likes_that_are_counted_whether_new_or_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = liking._count
    monkeypatch.setattr(
        liking, "_count", lambda session, mark, entry_id, _: count(session, mark, entry_id, 1)
    )
    assert storm(app) == (FANS * PRESSES, FANS * PRESSES)
    assert rows_of("I20v")


def test_likes_come_and_go(app: Flask) -> None:
    entry_id = featured()
    fans = [make_shopper()[0] for _ in range(4)]
    calls = [partial(press, one, entry_id) for one in fans for press in (like, unlike)] * 2
    assert faults(together(app, calls)) == []
    db.session.rollback()
    assert entry(entry_id).likes == db.session.scalar(text("SELECT count(*) FROM show_likes"))
    show_holds()


def test_control_a_count_that_is_read_and_written_back_loses_some(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(session: Any, mark: Any, entry_id: int, change: int) -> int:
        known = session.scalar(
            text("SELECT likes, pg_sleep(0.1) FROM show_entries WHERE id = :id"), {"id": entry_id}
        )
        values = {"likes": known + change, "id": entry_id}
        session.execute(text("UPDATE show_entries SET likes = :likes WHERE id = :id"), values)
        return int(known + change)

    monkeypatch.setattr(liking, "_count", careless)
    entry_id = featured()
    together(app, [partial(like, make_shopper()[0], entry_id) for _ in range(FANS)])
    assert entry(entry_id).likes < FANS
    assert rows_of("I20v")


# -- two of the staff ---------------------------------------------------------------------------


def two_feature(app: Flask) -> tuple[list[Any], int]:
    """Two of the staff feature one review at the same moment: what both were told, and the
    coupons that its writer has."""
    order, review_id = pictured()
    column = coupon_column()
    calls = [partial(feature_review, one, review_id, column) for one in (clerk(), clerk())]
    with slow_writes("show_entries", seconds=0.2):
        told = together(app, calls)
    db.session.rollback()
    owned = text("SELECT count(*) FROM coupons WHERE user_id = :id")
    return told, int(db.session.scalar(owned, {"id": order.user_id}) or 0)


def test_two_of_the_staff_give_one_coupon(app: Flask) -> None:
    for _ in range(3):
        told, coupons = two_feature(app)
        assert (len(set(told)), coupons) == (1, 1), told
    show_holds()


def test_control_without_locks_two_are_given(app: Flask) -> None:
    with without_row_locks("reviews"):
        given = [two_feature(app)[1] for _ in range(3)]
    assert max(given) == 2


# -- featured while something else happens to the review ------------------------------------------


def feature_against(app: Flask, leave: Callable[[int, int], object]) -> tuple[Any, bool]:
    """A review is featured while it goes: the entry's end, and whether it says featured."""
    order, review_id = pictured()
    column, staff = coupon_column(), clerk()
    calls: list[Callable[[], object]] = [
        partial(feature_review, staff, review_id, column),
        partial(leave, order.user_id, review_id),
    ]
    with slow_writes("reviews", of="UPDATE", seconds=0.2):
        together(app, calls)
    work()
    db.session.rollback()
    ended = db.session.scalars(
        text("SELECT ended_why FROM show_entries WHERE review_id = :id"), {"id": review_id}
    ).all()
    return ended, bool(review_row(review_id).featured)


def hide(_user_id: int, review_id: int) -> None:
    with transaction() as session:
        deciding.decide(session, "review", review_id, "hidden", reason="侵权")


@pytest.mark.parametrize(("leave", "why"), [(delete_review, "deleted"), (hide, "hidden")])
def test_what_goes_while_it_is_featured_is_in_no_show(
    app: Flask, leave: Callable[[int, int], object], why: str
) -> None:
    for _ in range(3):
        ended, is_featured = feature_against(app, leave)
        assert (ended, is_featured) in (([], False), ([why], False))
    show_holds()


def test_featuring_against_ending_leaves_both_alike(app: Flask) -> None:
    """Whoever comes last decides; the entry, the review and the coupon agree."""
    order, review_id = pictured()
    column, staff = make_column(), clerk()
    entry_id = featured(column, review_id)
    calls: list[Callable[[], object]] = []
    for _ in range(3):
        calls += [partial(feature_review, staff, review_id, column), partial(end_entry, review_id)]
    assert faults(together(app, calls)) == []
    assert review_row(review_id).featured is (entry(entry_id).ended_at is None)
    show_holds()
    assert order.user_id
