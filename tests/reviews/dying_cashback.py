"""`python -m tests.reviews.dying_cashback`: steps of cash for likes that die."""

from __future__ import annotations

from mall.reviews.cashback.liking import like
from mall.reviews.cashback.opening import begin_show
from mall.reviews.cashback.settling import settle
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def begin(wanted: str) -> None:
    """`wanted` is the writer, the campaign and the review."""
    user_id, campaign_id, review_id = wanted.split()
    begin_show(int(user_id), int(campaign_id), int(review_id), "the-writers-phone")


def press(wanted: str) -> None:
    """`wanted` is the friend, the show and the share's token."""
    user_id, show_id, token = wanted.split()
    like(int(user_id), int(show_id), token, f"phone-of-{user_id}")


def pay(show_id: str) -> None:
    """Give what a show has earned."""
    settle(int(show_id))


COMMANDS: Commands = {one.__name__: one for one in (begin, press, pay)}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
