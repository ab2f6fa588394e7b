"""The nightly look at promoters: only at those of whom something rose, and it misses nobody."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from mall.aftersales.settling import settle_due
from mall.kernel.db import db, transaction
from mall.referral.growth import looking, ruling
from mall.referral.growth.growing import join
from mall.referral.growth.looking import grow_all
from mall.referral.growth.models import PromoterGrowthLook
from mall.referral.lessons.quizzing import attempt
from mall.referral.promoters import deciding, levels
from mall.referral.promoters.settings import BY_STAFF, CLOSED, JOINING
from mall.reviews.ratings.voting import vote
from mall.users.figures import SHOPPER_FIGURES, risen
from tests.support.orders import Buyer, buy, make_buyer, make_goods, order_of, pay
from tests.support.plans import huge_tables, read_whole, statements
from tests.support.promoters import (
    RIGHT,
    make_growth_rule,
    make_lesson,
    make_promoter,
    open_recruiting,
    promoter_of,
    promoters_hold,
    stands,
)
from tests.support.reviews import received, review
from tests.support.settings import set_setting

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look goes on just from the one before: else all that a test does would be looked at."""
    monkeypatch.setattr(looking, "OPEN_AT_MOST", timedelta(0))


def at_least(figure: str, number: int = 1) -> list[dict[str, Any]]:
    return [{"figure": figure, "label": "成长指标", "at_least": number}]


def missed() -> int:
    """Who would have grown, had everybody been looked at."""
    with transaction() as session:
        session.execute(delete(PromoterGrowthLook))
    return grow_all()


# -- any story: a look at some finds whom a look at all finds -------------------------------------


@dataclass
class Shop:
    """Promoters, one who applied, and rules that ask for all kinds of figures.

    No event is handled: only looks let anybody grow.
    """

    chance: random.Random
    buyers: list[Buyer] = field(default_factory=list)
    reviews: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.levels = open_recruiting()
        _, second, third = (str(one) for one in self.levels)
        self.lesson_id = make_lesson()
        for _ in range(6):
            self.buyers.append(make_buyer())
            make_promoter(self.buyers[-1].user_id)
        self.buyers.append(make_buyer())
        join(self.buyers[-1].user_id, 1, None)
        self.rules = [
            make_growth_rule(figures=at_least("reviews_approved")),
            *(
                make_growth_rule(opens="level", level_id=level_id, **terms)
                for level_id, terms in (
                    (second, {"figures": at_least("paid_orders", 2)}),
                    (second, {"figures": at_least("picture_reviews", 2)}),
                    (third, {"figures": at_least("settled_orders")}),
                    (third, {"figures": at_least("review_votes", 2)}),
                    (third, {"lesson_ids": [str(self.lesson_id)]}),
                )
            ),
        ]

    def somebody(self) -> Buyer:
        return self.chance.choice(self.buyers)

    def order(self) -> None:
        pay(buy(self.somebody(), {make_goods(): 1}))

    def settle(self) -> None:
        received(self.somebody())
        with transaction() as session:
            session.execute(text("UPDATE orders SET completed_at = now() - interval '99 days'"))
        settle_due()

    def write(self) -> None:
        self.reviews.append(review(received(self.somebody()), pictures=self.chance.choice((0, 1))))

    def vote(self) -> None:
        if self.reviews:
            voter, review_id = make_buyer().user_id, self.chance.choice(self.reviews)
            vote(voter, review_id, helpful=self.chance.choice((True, False)))

    def learn(self) -> None:
        attempt(self.somebody().user_id, self.lesson_id, version=1, answers=RIGHT)

    def put(self) -> None:
        """Staff put somebody on a level, for good or not."""
        user_id = self.somebody().user_id
        if promoter_of(user_id).status == "active":
            level_id, fixed = self.chance.choice(self.levels), self.chance.choice((True, False))
            deciding.set_level(user_id, level_id=level_id, fixed=fixed, reason="调整")

    def switch(self) -> None:
        ruling.enable_rule(self.chance.choice(self.rules), self.chance.choice((True, False)))

    def play(self, steps: int) -> int:
        """So many steps, each night a look; how many all looks missed."""
        acts: list[Callable[[], None]] = [self.order, self.settle, self.write, self.vote]
        acts += [self.vote, self.learn, self.put, self.switch]
        lost = 0
        for step in range(steps):
            for _ in range(self.chance.randint(1, 3)):
                self.chance.choice(acts)()
            grow_all()
            if step % 3 == 2:
                lost += missed()
        return lost + missed()


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("seed", range(3))
def test_a_look_at_some_finds_whom_a_look_at_all_finds(seed: int) -> None:
    assert Shop(random.Random(seed)).play(20) == 0
    promoters_hold()


@pytest.mark.usefixtures("exact")
def test_control_a_look_that_knows_of_nothing_that_rose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "risen", lambda *_: set())
    assert Shop(random.Random(0)).play(20) > 0


# -- what a look is at ----------------------------------------------------------------------------


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whom the look of a night is at."""
    seen: list[int] = []
    know = looking.know

    def note(session: Any, user_ids: Any) -> Any:
        seen.extend(user_ids)
        return know(session, user_ids)

    with monkeypatch.context() as patch:
        patch.setattr(looking, "know", note)
        grow_all()
    return seen


@pytest.mark.usefixtures("exact")
def test_only_those_of_whom_something_rose(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = open_recruiting()
    rule_id = make_growth_rule(
        opens="level", level_id=str(second), figures=at_least("paid_orders", 9)
    )
    one, other = (make_buyer() for _ in range(2))
    for buyer in (one, other):
        make_promoter(buyer.user_id)
    everybody = [one.user_id, other.user_id]
    assert looked_at(monkeypatch) == everybody, "the first look"
    assert looked_at(monkeypatch) == []
    pay(buy(other, {make_goods(): 1}))
    assert looked_at(monkeypatch) == [other.user_id]
    assert looked_at(monkeypatch) == []
    ruling.enable_rule(rule_id, False)
    grow_all()
    ruling.enable_rule(rule_id, True)
    assert looked_at(monkeypatch) == everybody, "other rules"
    levels.change_level(first, name="1 级", position=11)
    assert looked_at(monkeypatch) == everybody, "other levels"


@pytest.mark.usefixtures("exact")
def test_whom_closed_applications_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    open_recruiting()
    make_growth_rule(figures=at_least("paid_orders"))
    buyer = make_buyer()
    join(buyer.user_id, 1, None)
    set_setting(JOINING, CLOSED)
    pay(buy(buyer, {make_goods(): 1}))
    assert (grow_all(), grow_all()) == (0, 0)
    set_setting(JOINING, BY_STAFF)
    assert grow_all() == 1


@pytest.mark.usefixtures("exact")
def test_a_figure_that_nobody_knows_the_rise_of_takes_a_look_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, second, _ = open_recruiting()
    make_growth_rule(opens="level", level_id=str(second), figures=at_least("refunded_fen"))
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    grow_all()
    assert looked_at(monkeypatch) == [buyer.user_id]


@pytest.mark.usefixtures("exact")
def test_a_look_long_after_the_one_before_is_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of whom something rose in so long a time may be too many to read in one statement."""
    _, second, _ = open_recruiting()
    make_growth_rule(opens="level", level_id=str(second), figures=at_least("paid_orders"))
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    grow_all()
    with transaction() as session:
        session.execute(
            text("UPDATE promoter_changes SET created_at = created_at - interval '30 days'")
        )
    assert looked_at(monkeypatch) == []
    with transaction() as session:
        session.execute(
            text("UPDATE promoter_growth_looks SET looked_at = looked_at - interval '8 days'")
        )
    assert looked_at(monkeypatch) == [buyer.user_id]


# -- kills, and what is written late --------------------------------------------------------------


@pytest.mark.usefixtures("exact")
def test_a_look_that_was_killed_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _, second, _ = open_recruiting()
    make_growth_rule(opens="level", level_id=str(second), figures=at_least("paid_orders"))
    buyers = [make_buyer() for _ in range(3)]
    for buyer in buyers:
        make_promoter(buyer.user_id)
    grow_all()
    for buyer in buyers:
        pay(buy(buyer, {make_goods(): 1}))

    def die(session: Any, user_id: int) -> bool:
        if user_id == buyers[1].user_id:
            raise KeyboardInterrupt
        return grow(session, user_id)

    grow = looking.grow
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(looking, "grow", die)
        grow_all()
    assert grow_all() == 2
    assert {stands(buyer.user_id)[1] for buyer in buyers} == {second}


@pytest.mark.usefixtures("exact")
def test_whom_a_look_found_and_couldnt_move_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _, second, _ = open_recruiting()
    rule_id = make_growth_rule(opens="level", level_id=str(second), figures=at_least("paid_orders"))
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    grow_all()
    pay(buy(buyer, {make_goods(): 1}))
    grow = looking.grow

    def paused_meanwhile(session: Any, user_id: int) -> bool:
        ruling.enable_rule(rule_id, False)
        return grow(session, user_id)

    with monkeypatch.context() as patch:
        patch.setattr(looking, "grow", paused_meanwhile)
        assert grow_all() == 0
    ruling.enable_rule(rule_id, True)
    assert grow_all() == 1


def paid_around_a_look(buyer: Buyer) -> None:
    """An order whose payment is written before a look, and is there only after it."""
    order_id = order_of(buy(buyer, {make_goods(): 1})).id
    paid = (
        "UPDATE orders SET status = 'paid', paid_at = clock_timestamp(), paid_fen = payable_fen"
        " WHERE id = :id",
        "INSERT INTO order_transitions (order_id, from_status, to_status, cause)"
        " VALUES (:id, 'unpaid', 'paid', 'payment')",
    )
    db.session.remove()
    with db.engine.connect() as slow:
        slow.execute(text("BEGIN"))
        for statement in paid:
            slow.execute(text(statement), {"id": order_id})
        grow_all()
        slow.execute(text("COMMIT"))


def one_who_needs_an_order() -> Buyer:
    _, second, _ = open_recruiting()
    make_growth_rule(opens="level", level_id=str(second), figures=at_least("paid_orders"))
    buyer = make_buyer()
    make_promoter(buyer.user_id)
    grow_all()
    return buyer


def test_what_was_written_before_a_look_and_committed_after_it_is_seen_by_the_next() -> None:
    paid_around_a_look(one_who_needs_an_order())
    assert grow_all() == 1


@pytest.mark.usefixtures("exact")
def test_control_without_the_hour_it_is_never_seen() -> None:
    paid_around_a_look(one_who_needs_an_order())
    assert grow_all() == 0
    assert missed() == 1


def test_a_payment_that_is_told_of_days_later_counts_as_of_now() -> None:
    buyer = one_who_needs_an_order()
    order_no = buy(buyer, {make_goods(): 1})
    pay(order_no)
    with transaction() as session:
        session.execute(text("UPDATE orders SET paid_at = paid_at - interval '3 days'"))
    assert grow_all() == 1


# -- how much is read -----------------------------------------------------------------------------


def test_finding_those_of_whom_something_rose_reads_no_table_whole() -> None:
    names = [name for one in SHOPPER_FIGURES.items().values() for name in one.risen]
    assert len(names) > 8
    make_promoter(make_buyer().user_id)
    grow_all()
    with transaction() as session:
        since = session.scalars(select(PromoterGrowthLook.looked_at)).one()
        with statements() as sent:
            assert risen(session, names, since) is not None
    with huge_tables():
        assert read_whole(sent) == set()
