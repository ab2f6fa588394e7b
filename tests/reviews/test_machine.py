"""Random stories of the reviews of one product, from the writing to the refund, against a plain
model: WeChat's verdicts, staff who decide and are overturned, reports, votes, points. After every
step all invariants hold and every count is what a recount says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.orders.fulfilling import confirm_receipt
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.reviews.moderation.reporting import report
from mall.reviews.moderation.settings import REPORTS_BEFORE_REVIEW
from mall.reviews.moderation.staff_decisions import Decision, Seen, decide_many
from mall.reviews.ratings.queries import ReviewList, product_reviews, rating_of
from mall.reviews.ratings.statistics import damped_tenths
from mall.reviews.ratings.voting import vote, withdraw_vote
from mall.reviews.writing.editing import delete_review, edit_review
from mall.reviews.writing.reviewing import write_review
from mall.reviews.writing.terms import Terms
from mall.shipping import commands as shipping
from mall.staff.models import StaffMember
from tests.conftest import empty
from tests.support.groupbuy import refunds_arrive
from tests.support.invariants import check_invariants
from tests.support.moderated import photo, pushed, trace_of, visitor, work
from tests.support.orders import Buyer, buy, lines_of, make_goods, pay, write_payment
from tests.support.points import figures
from tests.support.reviews import POINTS, offer
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.users import make_address, make_shopper
from tests.support.wechat import control
from tests.support.written import review_row, spu_of

ORDERS, OTHERS, REPORTS = 3, 3, 2
SAID = (
    "面料摸起来像晒过的旧棉布，贴着皮肤不扎",
    "拉链顺滑，收口的地方比上一条结实得多",
    "尺码偏小半号，裤脚放下来刚好盖住脚踝",
)
VERDICTS = {"pass": "", "review": "，可以加微信问", "risky": "，来赌博吧"}
"""What WeChat says of a text that ends so."""
DECISIONS = {
    "approve": Decision("approve"),
    "refuse": Decision("refuse", "与商品无关"),
    "hide": Decision("hide", "电话号码", "privacy"),
    "keep": Decision("keep"),
}
LEADS = {
    "approve": ({"pending", "refused", "hidden"}, "approved"),
    "refuse": ({"pending"}, "refused"),
    "hide": ({"approved"}, "hidden"),
}
_seeds = itertools.count(1)


@dataclass
class Told:
    """A review, told plainly."""

    id: int
    stars: int
    text: str
    picture: str | None = None
    status: str = "pending"
    manual: bool = False
    votes: dict[int, bool] = field(default_factory=dict)
    reporters: set[int] = field(default_factory=set)
    new_reports: int = 0
    """Since the last decision."""
    old_traces: list[str] = field(default_factory=list)

    @property
    def shown(self) -> bool:
        return self.status == "approved"

    def judge(self) -> None:
        """What the verdicts so far come to, while nobody has decided."""
        if self.status != "pending":
            return
        said = (self.text, self.picture)
        if "risky" in said:
            self.decided("refused")
        elif "review" in said:
            self.manual = True
        elif self.picture is not None:
            self.decided("approved")

    def decided(self, now: str) -> None:
        self.status, self.manual, self.new_reports = now, False, 0


@dataclass
class Story:
    """The orders of one product, what their buyers wrote, and who else has a say."""

    staff_id: int
    sku_id: int
    orders: list[tuple[int, str]]
    others: list[int]
    told: dict[int, Told] = field(default_factory=dict)
    refunded: set[int] = field(default_factory=set)

    # Each step says whether the model allows it, and is tried for real.

    def write(self, at: int, stars: int, verdict: str) -> None:
        user_id, order_no = self.orders[at]
        allowed = at not in self.told and at not in self.refunded
        terms = self._terms(at, stars, verdict)
        made = self._try(allowed, lambda: write_review(user_id, order_no, 1, terms))
        if allowed:
            self.told[at] = Told(made, stars, verdict)

    def edit(self, at: int, stars: int, verdict: str) -> None:
        one = self.told[at]
        allowed = one.status in ("pending", "refused")
        trace_id = self._trace_of(one)
        terms = self._terms(at, stars, verdict)
        self._try(allowed, lambda: edit_review(self.orders[at][0], one.id, terms))
        if allowed:
            one.old_traces += [trace_id] if trace_id else []
            one.stars, one.text, one.picture = stars, verdict, None
            one.status, one.manual = "pending", False

    def push(self, at: int, suggest: str) -> None:
        """The verdict on the picture; one that comes after it changes nothing."""
        one = self.told[at]
        trace_id = self._trace_of(one)
        if trace_id is not None:
            pushed(trace_id, suggest)
            one.picture = one.picture or suggest

    def push_old(self, at: int, suggest: str) -> None:
        """A verdict on a picture of an earlier version."""
        for trace_id in self.told[at].old_traces:
            pushed(trace_id, suggest)

    def decide(self, at: int, decision: str) -> None:
        one = self.told[at]
        if decision == "keep":
            allowed = one.manual and one.status != "pending"
            now = one.status
        else:
            before, now = LEADS[decision]
            allowed = one.status in before
        with transaction() as session:
            row = session.execute(
                text(
                    "SELECT id, version, status FROM moderated_contents"
                    " WHERE kind = 'review' AND ref = :id"
                ),
                {"id": one.id},
            ).one()
        seen = Seen(row.id, row.version, row.status)
        (found,) = decide_many(self.staff_id, [seen], DECISIONS[decision])
        assert (found.outcome == "changed") == allowed
        if allowed:
            one.decided(now)

    def delete(self, at: int) -> None:
        one = self.told[at]
        delete_review(self.orders[at][0], one.id)
        one.decided("deleted")

    def refund(self, at: int) -> None:
        if at in self.refunded:
            return
        order_no = self.orders[at][1]
        request_refund(order_no, [RequestedLine(lines_of(order_no)[0].id, 1)], 0, "不想要了")
        refunds_arrive(order_no)
        self.refunded.add(at)

    def vote(self, at: int, by: int, helpful: bool | None) -> None:
        one, user_id = self.told[at], self.others[by]
        if helpful is None:
            self._try(one.shown, lambda: withdraw_vote(user_id, one.id))
            if one.shown:
                one.votes.pop(by, None)
        else:
            self._try(one.shown, lambda: vote(user_id, one.id, helpful=helpful))
            if one.shown:
                one.votes[by] = helpful

    def report(self, at: int, by: int) -> None:
        one = self.told[at]
        self._try(one.shown, lambda: report(self.others[by], "review", one.id, "fake", ""))
        if one.shown:
            one.new_reports += by not in one.reporters
            one.reporters.add(by)
            one.manual = one.manual or one.new_reports >= REPORTS

    def settle(self) -> None:
        """Workers ask WeChat and hear of what has happened."""
        work()
        for one in self.told.values():
            one.judge()

    def _terms(self, at: int, stars: int, verdict: str) -> Terms:
        name = photo(self.orders[at][0], next(_seeds), size=96)
        return Terms(stars, 5, 5, SAID[at] + VERDICTS[verdict], (name,))

    def _trace_of(self, one: Told) -> str | None:
        if one.status == "deleted":
            return None
        return trace_of(int(review_row(one.id).content_id))

    def _try(self, allowed: bool, step: Any) -> Any:
        try:
            made = step()
        except MallError:
            db.session.rollback()
            assert not allowed
            return None
        assert allowed
        return made

    # What must be so after each step.

    def check(self) -> None:
        db.session.remove()
        check_invariants()
        shown = [one for one in self.told.values() if one.shown]
        with transaction() as session:
            spu = spu_of(self.sku_id)
            found = rating_of(session, spu)
            listed = product_reviews(session, ReviewList(spu, "all", "newest"), None, 50).items
        stars = [one.stars for one in shown]
        assert (found["count"], found["with_pictures"]) == (len(shown), len(shown))
        assert found["average_tenths"] == damped_tenths(sum(stars), len(stars), 45, 5)
        assert found["low"] == sum(number <= 2 for number in stars)
        assert {one["id"] for one in listed} == {one.id for one in shown}
        for at, (user_id, _) in enumerate(self.orders):
            one = self.told.get(at)
            earns = one is not None and one.shown and at not in self.refunded
            assert figures(user_id) == (POINTS if earns else 0, 0, 0, 0), (at, one)
            if one is not None:
                self._check_row(at, one)

    def _check_row(self, at: int, one: Told) -> None:
        row = review_row(one.id)
        assert (row.status, row.order_refunded) == (one.status, at in self.refunded)
        assert row.helpful == sum(one.votes.values())
        assert row.unhelpful == len(one.votes) - row.helpful
        with transaction() as session:
            manual = session.scalar(
                text("SELECT manual FROM moderated_contents WHERE id = :id"),
                {"id": row.content_id},
            )
        assert manual == one.manual


AT = st.integers(0, ORDERS - 1)
BY = st.integers(0, OTHERS - 1)
STARS = st.integers(1, 5)
SUGGEST = st.sampled_from(["pass", "pass", "pass", "review", "risky"])
STEP = st.one_of(
    st.tuples(st.just("write"), AT, STARS, SUGGEST),
    st.tuples(st.just("edit"), AT, STARS, SUGGEST),
    st.tuples(st.just("push"), AT, SUGGEST),
    st.tuples(st.just("push"), AT, SUGGEST),
    st.tuples(st.just("push_old"), AT, SUGGEST),
    st.tuples(st.just("decide"), AT, st.sampled_from(sorted(DECISIONS))),
    st.tuples(st.just("decide"), AT, st.sampled_from(["approve", "hide"])),
    st.tuples(st.just("delete"), AT),
    st.tuples(st.just("refund"), AT),
    st.tuples(st.just("vote"), AT, BY, st.sampled_from([True, False, None])),
    st.tuples(st.just("report"), AT, BY),
)
WHOLE = [
    ("write", 0, 5, "risky"),
    ("edit", 0, 2, "review"),
    ("push_old", 0, "risky"),
    ("edit", 0, 2, "pass"),
    ("push", 0, "pass"),
    ("push", 0, "risky"),
    ("vote", 0, 0, True),
    ("vote", 0, 1, False),
    ("report", 0, 0),
    ("report", 0, 0),
    ("report", 0, 1),
    ("decide", 0, "keep"),
    ("report", 0, 2),
    ("decide", 0, "hide"),
    ("vote", 0, 0, None),
    ("decide", 0, "approve"),
    ("refund", 0),
    ("edit", 0, 5, "pass"),
    ("decide", 0, "hide"),
    ("decide", 0, "approve"),
    ("write", 1, 4, "review"),
    ("decide", 1, "approve"),
    ("push", 1, "risky"),
    ("delete", 1),
    ("write", 1, 5, "pass"),
    ("refund", 2),
    ("write", 2, 5, "pass"),
]
"""Each kind of step at least once."""


@pytest.fixture
def wechat(simulator: LiveServer) -> Iterator[LiveServer]:
    """The simulator, which pushes nothing by itself."""
    control(simulator, "/settings", push_mode="off")
    yield simulator
    control(simulator, "/reset")


def begin(simulator: LiveServer) -> Story:
    """A product with three orders that were received, and nothing written."""
    make_staff(username="moderator")
    set_setting(REPORTS_BEFORE_REVIEW, REPORTS)
    offer(min_characters=10, min_pictures=1)
    sku_id = make_goods(20)
    with transaction() as session:
        staff_id = session.scalars(
            select(StaffMember.id).where(StaffMember.username == "moderator")
        ).one()
    orders = [received(visitor(simulator), sku_id) for _ in range(ORDERS)]
    return Story(staff_id, sku_id, orders, [make_shopper()[0] for _ in range(OTHERS)])


def received(user_id: int, sku_id: int) -> tuple[int, str]:
    buyer = Buyer(user_id, "", make_address(user_id))
    order_no = buy(buyer, {sku_id: 1})
    pay(order_no)
    write_payment(order_no)
    shipping.ship(order_no, "ZTO", f"Z{order_no}")
    confirm_receipt(user_id, order_no)
    return user_id, order_no


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEP, min_size=8, max_size=24))
@example(WHOLE)
def test_any_story_adds_up(app: Flask, wechat: LiveServer, steps: list[tuple[Any, ...]]) -> None:
    db.session.remove()
    empty(app)
    story = begin(wechat)
    for at in range(ORDERS - 1):
        if steps is not WHOLE:
            story.write(at, 1 + 4 * at, "pass")
    story.settle()
    story.check()
    for name, at, *rest in steps:
        if name in ("write", "refund") or at in story.told:
            getattr(story, name)(at, *rest)
            story.settle()
            story.check()
