"""What the officers of the demo shop's trials write, and what the shop replies."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from mall.kernel.db import transaction
from mall.orders.models import Order
from mall.reviews.demo.passing import let_pass
from mall.reviews.demo.people import NICKNAMES, clerk, shopper
from mall.reviews.demo.pictures import picture
from mall.reviews.ratings.voting import vote
from mall.reviews.writing.follow_ups import write_follow_up
from mall.reviews.writing.models import Review, ReviewFollowUp
from mall.reviews.writing.names import APPROVED, FOLLOW_UP, REVIEW
from mall.reviews.writing.replying import reply
from mall.reviews.writing.reviewing import write_review
from mall.reviews.writing.terms import Terms
from mall.uploads.commands import Owner, store_picture

HELPFUL_FROM = 60
"""Characters from which the other officers find a review helpful."""


def say(user_id: int, order_no: str, row: dict[str, str]) -> bool:
    """One row of the sheet: the review, its follow-up, the reply, some votes. Whether the review
    was written now."""
    known = _review_of(order_no)
    review_id = _write(user_id, order_no, row) if known is None else known.id
    let_pass(REVIEW, review_id)
    review = _review_of(order_no)
    if review.status == APPROVED:
        _add(user_id, review, row)
    return known is None


def _add(user_id: int, review: Any, row: dict[str, str]) -> None:
    if row["追评"] and not _has_follow_up(review.id):
        write_follow_up(user_id, review.id, row["追评"], [])
    let_pass(FOLLOW_UP, review.id)
    if row["商家回复"] and review.reply is None:
        reply(clerk(), review.id, row["商家回复"])
    if len(row["评价内容"]) >= HELPFUL_FROM:
        for nickname in NICKNAMES[: int(row["星级"])]:
            if nickname != row["昵称"]:
                vote(shopper(nickname), review.id, helpful=True)


def _write(user_id: int, order_no: str, row: dict[str, str]) -> int:
    stars = int(row["星级"])
    goods = "bedding" if row["商品编号"].startswith("D1") else "kitchen"
    seeds = [f"{row['商品编号']} {row['昵称']} {at}" for at in range(int(row["图片数"]))]
    names = [store_picture(Owner(user_id=user_id), picture(goods, seed)).name for seed in seeds]
    tags = tuple(tag for tag in row["标签"].split("|") if tag)
    terms = Terms(stars, 5, 5, row["评价内容"], tuple(names), tags=tags)
    return write_review(user_id, order_no, 1, terms)


def _review_of(order_no: str) -> Any:
    with transaction() as session:
        return session.execute(
            select(Review.id, Review.status, Review.reply)
            .join(Order, Order.id == Review.order_id)
            .where(Order.order_no == order_no)
        ).one_or_none()


def _has_follow_up(review_id: int) -> bool:
    with transaction() as session:
        known = select(ReviewFollowUp.review_id).where(ReviewFollowUp.review_id == review_id)
        return session.scalar(known) is not None
