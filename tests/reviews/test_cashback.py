"""Cash for likes: from the show to the payout, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.referral.screening.traits import keep_device
from mall.reviews.cashback.campaigns import enable_campaign
from mall.reviews.cashback.deciding import REFUSE, decide
from mall.reviews.cashback.devices import forget
from mall.reviews.cashback.errors import (
    CashbackDeviceUsed,
    CashbackNotOpen,
    CashbackNotOpened,
    CashbackNotWaiting,
    CashbackOver,
    CashbackOwnLike,
    CashbackReviewUnfit,
    CashbackShowNotFound,
    CashbackTaken,
)
from mall.reviews.cashback.liking import Liked, like
from mall.reviews.cashback.models import COLLECTING, GIVEN, GONE, LAPSED, REACHED, REFUSED
from mall.reviews.cashback.opening import begin_show
from mall.reviews.cashback.settings import CASHBACK_OPEN, STAFF_RELEASE
from mall.reviews.cashback.settling import settle
from mall.reviews.writing.editing import delete_review
from mall.rewards.commands import take_back
from mall.rewards.errors import RewardBudgetSpent
from mall.sharing.shares.opening import open_share, share_page
from mall.users.closing import close_account
from tests.support.cashback import (
    FEN,
    NEEDED,
    Shown,
    cashback_holds,
    clerk_id,
    days_pass,
    device,
    friend_of,
    given,
    grant_status,
    liked,
    make_campaign,
    pictured,
    release,
    rule,
    show_row,
    shown,
    used_of,
)
from tests.support.orders import make_buyer
from tests.support.payouts import debt_of, payouts_of
from tests.support.settings import set_setting
from tests.support.users import make_shopper
from tests.support.written import decide as moderate
from tests.support.written import received, refund_line, work, written

pytestmark = pytest.mark.usefixtures("app")


def test_enough_likes_are_paid_once_after_the_hold_and_the_release(app: Flask) -> None:
    rule_id = rule()
    show = shown(make_campaign(rule_id))
    assert (used_of(rule_id), grant_status(show)) == (FEN, "pending")
    assert liked(show, NEEDED)[-1] == Liked(NEEDED, NEEDED)
    assert (show_row(show).status, payouts_of(show.user_id)) == (REACHED, [])
    release(show)
    assert show_row(show).status == REACHED, "the hold isn't over"
    days_pass(30)
    for _ in range(3):
        settle(show.id)
    (payout,) = payouts_of(show.user_id)
    assert (payout.amount_fen, payout.status, payout.kind) == (FEN, "ready", "reward")
    assert (show_row(show).status, grant_status(show)) == (GIVEN, "granted")
    cashback_holds()


def test_without_staff_nothing_is_given(app: Flask) -> None:
    show = shown()
    liked(show, NEEDED)
    days_pass(30)
    row = show_row(show)
    assert (row.status, row.scored_at is not None) == (REACHED, True)
    assert payouts_of(show.user_id) == []
    release(show)
    assert show_row(show).status == GIVEN
    cashback_holds()


def test_sound_likes_need_no_staff_where_the_owner_says_so(app: Flask) -> None:
    set_setting(STAFF_RELEASE, False)
    campaign_id = make_campaign()
    show, risky = shown(campaign_id), shown(campaign_id)
    liked(show, NEEDED)
    liked(risky, NEEDED)
    with transaction() as session:
        session.execute(
            text(
                "UPDATE users u SET risk_rank = 4, risk_asked_at = now() FROM cashback_likes l"
                " WHERE l.user_id = u.id AND l.show_id = :id"
            ),
            {"id": risky.id},
        )
    days_pass(30)
    assert show_row(show).status == GIVEN
    held = show_row(risky)
    assert (held.status, held.score, held.reasons) == (
        REACHED,
        100,
        {"new_accounts": 40, "wechat_risk": 60},
    )
    cashback_holds()


def test_too_few_likes_lapse_and_the_budget_is_free_again(app: Flask) -> None:
    rule_id = rule(FEN)
    campaign_id = make_campaign(rule_id)
    show = shown(campaign_id)
    liked(show, NEEDED - 1)
    with pytest.raises(RewardBudgetSpent):
        shown(campaign_id)
    days_pass(4)
    assert (show_row(show).status, grant_status(show), used_of(rule_id)) == (LAPSED, "canceled", 0)
    with pytest.raises((CashbackOver, CashbackNotOpened)):
        liked(show)
    assert shown(campaign_id).id
    cashback_holds()


def test_a_like_counts_once_and_only_of_who_opened_the_writers_share(app: Flask) -> None:
    show = shown(phone="the-writers-phone")
    friend_id, phone = friend_of(show), device()
    for _ in range(3):
        assert like(friend_id, show.id, show.token, phone).likes == 1
    stranger_id, _ = make_shopper()
    with pytest.raises(CashbackNotOpened):
        like(stranger_id, show.id, show.token, device())
    open_share(stranger_id, show.token)
    others = share_page(friend_id, "cashback_show", show.id).token
    for token in ("x" * 24, others, share_page(show.user_id, "product", spu_of(show)).token):
        with pytest.raises(CashbackNotOpened):
            like(stranger_id, show.id, token, device())
    for used in (phone, "the-writers-phone"):
        with pytest.raises(CashbackDeviceUsed):
            like(stranger_id, show.id, show.token, used)
    with pytest.raises(CashbackOwnLike):
        like(show.user_id, show.id, show.token, device())
    assert like(stranger_id, show.id, show.token, device()).likes == 2
    cashback_holds()


def spu_of(show: Shown) -> int:
    with transaction() as session:
        found = text("SELECT spu_id FROM reviews WHERE id = :id")
        return int(session.execute(found, {"id": show.review_id}).scalar_one())


def test_the_writers_other_account_and_phones_known_elsewhere_dont_count(app: Flask) -> None:
    show = shown()
    other_id, friend_id = friend_of(show), friend_of(show)
    with transaction() as session:
        keep_device(session, show.user_id, "seen-by-screening")
        session.execute(
            text("UPDATE users SET unionid = 'same' WHERE id IN (:a, :b)"),
            {"a": show.user_id, "b": other_id},
        )
    with pytest.raises(CashbackOwnLike):
        like(other_id, show.id, show.token, device())
    with pytest.raises(CashbackDeviceUsed):
        like(friend_id, show.id, show.token, "seen-by-screening")
    assert show_row(show).likes == 0


def test_likes_end_at_the_number_that_was_said(app: Flask) -> None:
    show = shown()
    liked(show, NEEDED)
    with pytest.raises(CashbackOver):
        liked(show)
    assert show_row(show).likes == NEEDED
    cashback_holds()


@pytest.mark.parametrize("what", ["deleted", "hidden", "refunded"])
@pytest.mark.parametrize("when", ["collecting", "reached", "given"])
def test_it_goes_with_its_review(app: Flask, what: str, when: str) -> None:
    if when == "given":
        show = given()
    else:
        show = shown()
        liked(show, NEEDED if when == "reached" else 1)
    if what == "deleted":
        delete_review(show.user_id, show.review_id)
        work()
    elif what == "hidden":
        moderate("hidden", show.review_id, reason="含有他人隐私")
    else:
        refund_line(show.order.order_no)
    assert show_row(show).status == GONE
    assert grant_status(show) == ("reversed" if when == "given" else "canceled")
    assert [one.status for one in payouts_of(show.user_id)] == (["void"] if when == "given" else [])
    assert debt_of(show.user_id) == 0
    cashback_holds()


def test_what_was_paid_is_owed_when_the_review_goes(app: Flask) -> None:
    show = given()
    with transaction() as session:
        session.execute(
            text(
                "UPDATE payouts SET status = 'paid', way = 'hand', receipt = 'B1', paid_at = now()"
            )
        )
    delete_review(show.user_id, show.review_id)
    work()
    assert (show_row(show).status, debt_of(show.user_id)) == (GONE, FEN)


def test_an_edit_that_is_checked_keeps_it_and_pays_nothing_meanwhile(app: Flask) -> None:
    show = shown()
    liked(show, NEEDED)
    release(show)
    with transaction() as session:
        session.execute(
            text("UPDATE reviews SET status = 'pending' WHERE id = :id"), {"id": show.review_id}
        )
    days_pass(30)
    assert (show_row(show).status, grant_status(show)) == (REACHED, "pending")
    with pytest.raises(CashbackShowNotFound):
        liked(show)


def test_staff_refuse_with_a_reason(app: Flask) -> None:
    rule_id = rule()
    show = shown(make_campaign(rule_id))
    with pytest.raises(CashbackNotWaiting):
        release(show)
    liked(show, NEEDED)
    for _ in range(2):
        decide(clerk_id(), show.id, REFUSE, "点赞来自同一批新帐号")
    row = show_row(show)
    assert (row.status, row.reason, used_of(rule_id)) == (REFUSED, "点赞来自同一批新帐号", 0)
    with pytest.raises(CashbackNotWaiting):
        release(show)
    days_pass(30)
    assert payouts_of(show.user_id) == []
    cashback_holds()


def test_what_staff_took_back_in_the_rewards_is_over(app: Flask) -> None:
    show = shown()
    liked(show, NEEDED)
    take_back(show_row(show).grant_id)
    days_pass(1)
    assert show_row(show).status == GONE
    cashback_holds()


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda campaign_id: set_setting(CASHBACK_OPEN, False), CashbackNotOpen),
        (lambda campaign_id: enable_campaign(campaign_id, enabled=False), CashbackNotOpen),
    ],
)
def test_a_campaign_that_is_off_takes_nobody(
    app: Flask, spoil: Callable[[int], object], error: type[MallError]
) -> None:
    campaign_id = make_campaign()
    running = shown(campaign_id)
    spoil(campaign_id)
    with pytest.raises(error):
        shown(campaign_id)
    assert liked(running) == [Liked(1, NEEDED)], "what was begun goes on"


def test_only_an_approved_review_with_pictures_of_kept_goods(app: Flask) -> None:
    campaign_id = make_campaign(min_pictures=2)
    order, one_picture = pictured()
    waiting = received()
    refunded, two_pictures = pictured(pictures=2)
    refund_line(refunded.order_no)
    for who, review_id in (
        (order, one_picture),
        (waiting, written(waiting)),
        (refunded, two_pictures),
    ):
        with pytest.raises(CashbackReviewUnfit):
            begin_show(who.user_id, campaign_id, review_id, device())


def test_a_review_of_what_cost_nothing_brings_no_cash(app: Flask) -> None:
    campaign_id = make_campaign()
    order, review_id = pictured()
    with transaction() as session:
        session.execute(text("UPDATE reviews SET order_kind = 'trial'"))
    with pytest.raises(CashbackReviewUnfit):
        begin_show(order.user_id, campaign_id, review_id, device())


def test_a_writer_shows_once_a_campaign_and_a_review_once(app: Flask) -> None:
    campaign_id, other_id = make_campaign(), make_campaign()
    buyer = make_buyer()
    show = shown(campaign_id, buyer)
    assert begin_show(buyer.user_id, campaign_id, show.review_id, device()) == show.id
    with pytest.raises(CashbackTaken):
        begin_show(buyer.user_id, other_id, show.review_id, device())
    with pytest.raises(CashbackTaken):
        shown(campaign_id, buyer)
    assert shown(other_id, buyer).id != show.id


def test_terms_that_staff_change_are_for_later_shows(app: Flask) -> None:
    show = shown()
    with transaction() as session:
        session.execute(text("UPDATE cashback_campaigns SET amount_fen = 900, likes_needed = 9"))
    row = show_row(show)
    assert (row.amount_fen, row.needed) == (FEN, NEEDED)


def test_closed_accounts(app: Flask) -> None:
    rule_id = rule()
    show = shown(make_campaign(rule_id))
    friend_id = friend_of(show)
    like(friend_id, show.id, show.token, device())
    close_account(friend_id)
    work()
    assert show_row(show).likes == 1, "it was given"
    close_account(show.user_id)
    work()
    assert (show_row(show).status, used_of(rule_id)) == (GONE, 0)
    with transaction() as session:
        left = (
            "SELECT count(user_id) FROM cashback_likes UNION SELECT count(*) FROM cashback_devices"
        )
        assert session.scalars(text(left)).all() == [0]
    cashback_holds()


def test_devices_are_forgotten_some_weeks_after_the_end(app: Flask) -> None:
    show = shown()
    liked(show)
    days_pass(4)
    assert show_row(show).status == LAPSED
    with transaction() as session:
        assert forget(session, 10) == 0
    days_pass(31)
    with transaction() as session:
        assert forget(session, 10) == 1
        assert session.scalar(text("SELECT count(*) FROM cashback_devices")) == 0


def test_a_show_that_runs_stays_in_its_state(app: Flask) -> None:
    show = shown()
    liked(show)
    settle(show.id)
    assert (show_row(show).status, grant_status(show)) == (COLLECTING, "pending")
