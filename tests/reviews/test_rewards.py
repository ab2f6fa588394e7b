"""Rewards for reviews: given once when approved, taken back when the review goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.aftersales.settling import settle_due
from mall.kernel.db import transaction
from mall.reviews.rewarding.defining import enable_reward
from mall.reviews.rewarding.jobs import try_refused
from mall.rewards.commands import change_rule, take_back
from mall.rewards.schemas import RewardRuleInSchema
from mall.uploads.commands import Owner, store_picture
from tests.reviews.corpus import own
from tests.support import written
from tests.support.aftersales import picture
from tests.support.invariants import rows_of
from tests.support.orders import make_buyer, make_goods
from tests.support.pictures import motif
from tests.support.reviews import (
    GOOD,
    POINTS,
    change,
    grants,
    offer,
    points_of,
    received,
    review,
    rewards_hold,
    rule,
    tell,
    work,
)

pytestmark = pytest.mark.usefixtures("app")
LONG = [one.text for one in own() if len(one.text) > 60]


def test_an_approved_review_is_rewarded_once(app: Flask) -> None:
    offer()
    me = make_buyer()
    review_id = review(received(me), status="pending", approved_at=None)
    work(app)
    assert points_of(me.user_id) == 0
    change(review_id, status="approved", approved_at=text("now()"))
    work(app)
    assert points_of(me.user_id) == POINTS
    for _ in range(3):
        tell(review_id)
    work(app)
    assert (points_of(me.user_id), grants()) == (POINTS, [("quality", "granted")])
    rewards_hold()


@pytest.mark.parametrize("stars", [1, 3, 5])
def test_stars_change_nothing(app: Flask, stars: int) -> None:
    offer()
    me = make_buyer()
    review(received(me), goods_stars=stars, logistics_stars=stars, service_stars=stars)
    work(app)
    assert points_of(me.user_id) == POINTS


@pytest.mark.parametrize(
    ("words", "pictures"),
    [
        (GOOD[:40], 3),
        (GOOD, 2),
        (GOOD[:30] + "👍" * 30, 3),
        (GOOD[:30] + "。" * 30, 3),
        (GOOD[:25] * 4, 3),
        ("高质量的评价，" * 9, 3),
    ],
)
def test_what_is_short_padded_or_repeated_is_not_rewarded(
    app: Flask, words: str, pictures: int
) -> None:
    offer()
    me = make_buyer()
    review(received(me), words, pictures)
    work(app)
    assert (points_of(me.user_id), grants()) == (0, [])


def test_who_pastes_a_review_gets_nothing_and_who_wrote_it_does(app: Flask) -> None:
    offer()
    first, second = make_buyer(), make_buyer()
    mine = review(received(first), status="pending", approved_at=None)
    work(app)
    review(received(second), "✨".join(GOOD))
    review(received(first), f"同上：{GOOD}")
    work(app)
    change(mine, status="approved", approved_at=text("now()"))
    work(app)
    assert (points_of(first.user_id), points_of(second.user_id)) == (POINTS, 0)
    rewards_hold()


def test_pictures_of_others_and_the_same_twice_do_not_count(app: Flask) -> None:
    offer()
    me, other = make_buyer(), make_buyer()
    review_id = review(received(me), pictures=2)
    theirs = review(received(other), "另一条评价，说的是完全不同的事", pictures=1)
    with transaction() as session:
        session.execute(
            text(
                "UPDATE reviews SET pictures = pictures || pictures[1]"
                " || (SELECT pictures FROM reviews WHERE id = :theirs) WHERE id = :mine"
            ),
            {"mine": review_id, "theirs": theirs},
        )
    work(app)
    assert points_of(me.user_id) == 0


def stored(user_id: int, *raws: bytes) -> tuple[str, ...]:
    return tuple(store_picture(Owner(user_id=user_id), raw).name for raw in raws)


def test_pictures_that_look_the_same_count_once_and_for_who_showed_them_first(app: Flask) -> None:
    """Sent again in another size, or of one colour, a picture is no other one."""
    offer("picture", rule(10), at_most=9)
    mine, theirs = written.received(), written.received()
    raws = (motif(1), motif(1, size=200, quality=70), motif(2), picture())
    written.approved(mine, pictures=stored(mine.user_id, *raws))
    written.approved(theirs, pictures=stored(theirs.user_id, motif(2, size=180)))
    work(app)
    assert (points_of(mine.user_id), points_of(theirs.user_id)) == (20, 0)
    rewards_hold()


GONE: list[Callable[[int], None]] = [
    lambda review_id: change(review_id, status="deleted"),
    lambda review_id: change(review_id, status="hidden"),
    lambda review_id: change(review_id, status="refused"),
    lambda review_id: change(review_id, order_refunded=True),
]


@pytest.mark.parametrize("go", GONE)
def test_a_review_that_goes_takes_its_rewards_along(app: Flask, go: Callable[[int], None]) -> None:
    offer()
    offer("base", rule(20))
    me = make_buyer()
    review_id = review(received(me))
    work(app)
    assert points_of(me.user_id) == POINTS + 20
    go(review_id)
    assert len(rows_of("I20s")) == 2
    work(app)
    assert points_of(me.user_id) == 0
    assert {state for _, state in grants()} == {"reversed"}
    rewards_hold()


def test_a_review_that_stands_again_is_rewarded_anew(app: Flask) -> None:
    offer()
    me = make_buyer()
    review_id = review(received(me))
    work(app)
    for status in ("hidden", "approved", "hidden", "approved"):
        change(review_id, status=status)
        work(app)
    assert points_of(me.user_id) == POINTS
    assert [state for _, state in grants()] == ["reversed", "reversed", "granted"]
    rewards_hold()


def test_one_that_is_looked_at_again_keeps_its_reward_until_decided(app: Flask) -> None:
    offer()
    me = make_buyer()
    review_id = review(received(me))
    work(app)
    change(review_id, status="pending")
    work(app)
    assert points_of(me.user_id) == POINTS
    change(review_id, status="refused")
    work(app)
    assert points_of(me.user_id) == 0
    rewards_hold()


def test_what_staff_took_back_is_not_given_anew(app: Flask) -> None:
    offer()
    me = make_buyer()
    review_id = review(received(me))
    work(app)
    with transaction() as session:
        grant_id = session.scalar(text("SELECT id FROM reward_grants"))
    take_back(int(grant_id or 0))
    tell(review_id)
    work(app)
    assert points_of(me.user_id) == 0
    rewards_hold()


def test_pictures_are_paid_each_up_to_a_number(app: Flask) -> None:
    offer("picture", rule(10), at_most=4)
    few, many = make_buyer(), make_buyer()
    review(received(few), "颜色很正", 3)
    review(received(many), "做工不错", 9)
    work(app)
    assert (points_of(few.user_id), points_of(many.user_id)) == (30, 40)
    rewards_hold()


def test_the_first_review_of_a_sku_is_one_whatever_becomes_of_it(app: Flask) -> None:
    offer("first_of_sku", min_characters=4)
    sku_id = make_goods()
    first, second, third = make_buyer(), make_buyer(), make_buyer()
    review(received(first, sku_id), "好", 0)
    one = review(received(second, sku_id), "颜色很正", 0)
    work(app)
    review(received(third, sku_id), "尺寸刚好", 0)
    work(app)
    change(one, status="deleted")
    work(app)
    assert [points_of(b.user_id) for b in (first, second, third)] == [0, 0, 0]
    assert grants() == [("first_of_sku", "reversed")]
    rewards_hold()


def test_video_and_picked_reviews(app: Flask) -> None:
    offer("video", rule(50))
    offer("featured", rule(500))
    me = make_buyer()
    review_id = review(received(me), video="x.mp4")
    work(app)
    assert points_of(me.user_id) == 50
    change(review_id, featured=True)
    work(app)
    assert points_of(me.user_id) == 550
    change(review_id, featured=False)
    work(app)
    assert points_of(me.user_id) == 50
    rewards_hold()


def test_a_promise_until_the_order_is_settled(app: Flask) -> None:
    offer(after_settling=True)
    me = make_buyer()
    review(received(me))
    work(app)
    assert (points_of(me.user_id), grants()) == (0, [("quality", "pending")])
    with transaction() as session:
        session.execute(text("UPDATE orders SET completed_at = now() - interval '99 days'"))
    assert settle_due() == 1
    work(app)
    assert (points_of(me.user_id), grants()) == (POINTS, [("quality", "granted")])
    rewards_hold()


def test_a_promise_goes_with_the_review(app: Flask) -> None:
    offer(after_settling=True)
    me = make_buyer()
    review_id = review(received(me))
    work(app)
    change(review_id, order_refunded=True)
    work(app)
    assert grants() == [("quality", "canceled")]
    rewards_hold()


@pytest.mark.parametrize("bound", [{"budget": 1}, {"daily_cap": 1}])
def test_budget_and_daily_cap_hold_and_are_tried_again(app: Flask, bound: dict[str, Any]) -> None:
    rule_id = rule(**bound)
    offer(rule_id=rule_id)
    me = make_buyer()
    for words in LONG[:2]:
        review(received(me), words)
        work(app)
    assert points_of(me.user_id) == POINTS
    try_refused()
    work(app)
    assert points_of(me.user_id) == POINTS
    body = {"name": "200 积分", "reward": [{"kind": "points", "count": POINTS}]}
    change_rule(rule_id, **RewardRuleInSchema().load(body))
    try_refused()
    work(app)
    assert points_of(me.user_id) == 2 * POINTS
    rewards_hold()


def test_a_paused_reward_gives_nothing_new_and_keeps_what_was_given(app: Flask) -> None:
    reward_id = offer()
    me = make_buyer()
    review_id = review(received(me))
    work(app)
    enable_reward(reward_id, False)
    tell(review_id)
    review(received(me), LONG[2])
    work(app)
    assert points_of(me.user_id) == POINTS
    rewards_hold()


@pytest.mark.parametrize("origin", ["default", "import"])
def test_what_nobody_wrote_here_is_never_rewarded(app: Flask, origin: str) -> None:
    offer("base")
    me = make_buyer()
    more: dict[str, Any] = {"text": ""}
    if origin == "import":
        names = ("order_line_id", "order_id", "user_id")
        stars = ("goods_stars", "logistics_stars", "service_stars")
        more = dict.fromkeys((*names, *stars))
    review(received(me), pictures=0, **more, origin=origin)
    work(app)
    assert grants() == []
