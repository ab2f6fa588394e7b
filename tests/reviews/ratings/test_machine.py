"""Random stories of the reviews of one product, against a plain model: what may be done, how each
review stands, and counts equal to a recount after every step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.orders.events import OrderRefunded
from mall.reviews.moderation import deciding
from mall.reviews.ratings.queries import ReviewList, product_reviews, rating_of
from mall.reviews.ratings.statistics import damped_tenths
from mall.reviews.ratings.voting import vote, withdraw_vote
from mall.reviews.writing.editing import delete_review, edit_review
from mall.reviews.writing.follow_ups import write_follow_up
from mall.reviews.writing.handlers import follow_refund
from mall.reviews.writing.reviewing import write_review
from tests.support.orders import lines_of, make_goods
from tests.support.users import make_shopper
from tests.support.written import TERMS, Received, received, review_row, reviews_hold, spu_of

ORDERS, VOTERS = 3, 3
TAGS = ("质量很好", "有色差")
DECISIONS = {
    "pending": {"approved", "refused"},
    "approved": {"hidden"},
    "refused": {"approved"},
    "hidden": {"approved"},
    "deleted": set[str](),
}


@dataclass
class Told:
    """A review, told plainly."""

    id: int
    stars: int
    tags: tuple[str, ...]
    status: str = "pending"
    follow_up: str | None = None
    refunded: bool = False
    votes: dict[int, bool] = field(default_factory=dict)

    @property
    def shown(self) -> bool:
        return self.status == "approved"


@dataclass
class Story:
    """The orders of one product and what their buyers wrote."""

    orders: list[Received]
    voters: list[int]
    told: dict[int, Told] = field(default_factory=dict)

    # Each step says whether the model allows it, and is tried for real.

    def write(self, at: int, stars: int, tags: tuple[str, ...]) -> None:
        order = self.orders[at]
        allowed = at not in self.told
        terms = replace(TERMS, goods_stars=stars, tags=tags)
        made = self._try(allowed, lambda: write_review(order.user_id, order.order_no, 1, terms))
        if allowed:
            self.told[at] = Told(made, stars, tags)

    def edit(self, at: int, stars: int, tags: tuple[str, ...]) -> None:
        one = self.told[at]
        allowed = one.status in ("pending", "refused")
        terms = replace(TERMS, goods_stars=stars, tags=tags)
        self._try(allowed, lambda: edit_review(self.orders[at].user_id, one.id, terms))
        if allowed:
            one.stars, one.tags, one.status = stars, tags, "pending"

    def decide(self, at: int, now: str) -> None:
        one = self.told[at]
        allowed = now in DECISIONS[one.status]
        assert self._decided("review", one.id, now) == allowed
        if allowed:
            one.status = now

    def decide_follow_up(self, at: int, now: str) -> None:
        one = self.told[at]
        allowed = one.follow_up is not None and now in DECISIONS[one.follow_up]
        assert self._decided("follow_up", one.id, now) == allowed
        if allowed:
            one.follow_up = now

    def follow(self, at: int) -> None:
        one = self.told[at]
        allowed = one.shown and one.follow_up in (None, "pending", "refused")
        user_id = self.orders[at].user_id
        self._try(allowed, lambda: write_follow_up(user_id, one.id, "用了一个月", []))
        if allowed:
            one.follow_up = "pending"

    def delete(self, at: int) -> None:
        one = self.told[at]
        delete_review(self.orders[at].user_id, one.id)
        one.status = "deleted"
        if one.follow_up is not None:
            one.follow_up = "deleted"

    def refund(self, at: int) -> None:
        order_no = self.orders[at].order_no
        with transaction() as session:
            row = lines_of(order_no)[0]
            session.merge(row).refunded_quantity = row.quantity
        with transaction() as session:
            follow_refund(session, OrderRefunded(order_no, self.orders[at].user_id))
        self.told[at].refunded = True

    def vote(self, at: int, voter: int, helpful: bool | None) -> None:
        one, user_id = self.told[at], self.voters[voter]
        if helpful is None:
            self._try(one.shown, lambda: withdraw_vote(user_id, one.id))
            if one.shown:
                one.votes.pop(voter, None)
        else:
            self._try(one.shown, lambda: vote(user_id, one.id, helpful=helpful))
            if one.shown:
                one.votes[voter] = helpful

    def _try(self, allowed: bool, step: Any) -> Any:
        try:
            made = step()
        except MallError:
            db.session.rollback()
            assert not allowed
            return None
        assert allowed
        return made

    def _decided(self, kind: str, review_id: int, now: str) -> bool:
        with transaction() as session:
            return deciding.decide(session, kind, review_id, now, reason="x")

    def check(self) -> None:
        db.session.remove()
        shown = [one for one in self.told.values() if one.shown]
        with transaction() as session:
            spu = spu_of(self.orders[0].sku_id)
            found = rating_of(session, spu)
            listed = product_reviews(session, ReviewList(spu, "all", "newest"), None, 50).items
            low = product_reviews(session, ReviewList(spu, "low"), None, 50).items
        stars = [one.stars for one in shown]
        assert found["count"] == len(shown)
        assert found["average_tenths"] == damped_tenths(sum(stars), len(stars), 45, 5)
        assert found["follow_ups"] == sum(one.follow_up == "approved" for one in shown)
        tags = {tag: sum(tag in one.tags for one in shown) for tag in TAGS}
        assert dict(map(tuple, found["tags"])) == {t: n for t, n in tags.items() if n}
        assert {one["id"] for one in listed} == {one.id for one in shown}
        assert {one["id"] for one in low} == {one.id for one in shown if one.stars <= 2}
        for one in self.told.values():
            row = review_row(one.id)
            assert (row.status, row.order_refunded) == (one.status, one.refunded)
            assert row.helpful == sum(one.votes.values())
            assert row.unhelpful == len(one.votes) - row.helpful


AT = st.integers(0, ORDERS - 1)
STARS = st.integers(1, 5)
CHOSEN = st.sets(st.sampled_from(TAGS)).map(lambda tags: tuple(sorted(tags)))
STATUS = st.sampled_from(["approved", "approved", "approved", "refused", "hidden"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), AT, STARS, CHOSEN),
        st.tuples(st.just("edit"), AT, STARS, CHOSEN),
        st.tuples(st.just("decide"), AT, STATUS),
        st.tuples(st.just("decide"), AT, STATUS),
        st.tuples(st.just("follow"), AT),
        st.tuples(st.just("decide_follow_up"), AT, STATUS),
        st.tuples(st.just("delete"), AT),
        st.tuples(st.just("refund"), AT),
        st.tuples(
            st.just("vote"), AT, st.integers(0, VOTERS - 1), st.sampled_from([True, False, None])
        ),
    ),
    min_size=10,
    max_size=40,
)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_any_story_adds_up(app: Flask, steps: list[tuple[Any, ...]]) -> None:
    sku = make_goods(20)
    orders = [received(sku) for _ in range(ORDERS)]
    story = Story(orders, [make_shopper()[0] for _ in range(VOTERS)])
    for at in range(ORDERS - 1):
        story.write(at, 1 + at, TAGS[:at])
    done = {"write"}
    for name, at, *rest in steps:
        if name == "write" or at in story.told:
            getattr(story, name)(at, *rest)
            done.add(name)
            story.check()
    reviews_hold()
