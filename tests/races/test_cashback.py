"""Likes and shows that race: never more than was said, each shopper and device once, no fen over
the budget, and no cash for a review that goes meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import transaction
from mall.reviews.cashback import handlers, liking, opening, settling
from mall.reviews.cashback.deciding import REFUSE, decide
from mall.reviews.cashback.errors import CashbackDeviceUsed, CashbackNotWaiting, CashbackOver
from mall.reviews.cashback.liking import like
from mall.reviews.cashback.models import CashbackLike
from mall.reviews.cashback.opening import begin_show
from mall.reviews.cashback.settling import settle
from mall.reviews.writing.editing import delete_review
from mall.rewards import budget, confirming
from mall.rewards.errors import RewardBudgetSpent
from tests.support.cashback import (
    FEN,
    NEEDED,
    Shown,
    cashback_holds,
    clerk_id,
    days_pass,
    device,
    friend_of,
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
from tests.support.invariants import rows_of
from tests.support.payouts import payouts_of
from tests.support.races import slow_writes, together, without
from tests.support.written import received, work


def likes_of(show: Shown) -> int:
    with transaction() as session:
        return len(
            session.scalars(select(CashbackLike.id).where(CashbackLike.show_id == show.id)).all()
        )


def storm(app: Flask) -> tuple[list[object], Shown]:
    """Twelve friends like a show that needs three, at one moment."""
    show = shown()
    calls = [partial(like, friend_of(show), show.id, show.token, device()) for _ in range(12)]
    done = together(app, calls)
    return list(done), show


def test_a_storm_of_likes_counts_exactly_what_was_asked_for(app: Flask) -> None:
    done, show = storm(app)
    over = [one for one in done if isinstance(one, CashbackOver)]
    assert len(over) == 12 - NEEDED, done
    row = show_row(show)
    assert (row.likes, row.status, likes_of(show)) == (NEEDED, "reached", NEEDED)
    cashback_holds()


def test_control_a_count_that_is_read_and_written_loses_likes(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_write(session: object, seen: object) -> int:
        found = "SELECT likes FROM cashback_shows WHERE id = :id"
        count = session.execute(text(found), {"id": seen.id}).scalar_one() + 1  # type: ignore[attr-defined]
        time.sleep(0.3)
        session.execute(  # type: ignore[attr-defined]
            text("UPDATE cashback_shows SET likes = least(:n, needed - 1) WHERE id = :id"),
            {"n": count, "id": seen.id},  # type: ignore[attr-defined]
        )
        return int(count)

    monkeypatch.setattr(liking, "_count", read_then_write)
    _, show = storm(app)
    assert likes_of(show) > NEEDED
    assert rows_of("I76a")


def one_phone(app: Flask) -> Shown:
    """Six friends like from one phone at one moment."""
    show = shown()
    calls = [partial(like, friend_of(show), show.id, show.token, "one-phone") for _ in range(6)]
    with slow_writes("cashback_likes", of="INSERT"):
        done = together(app, calls)
    assert sum(isinstance(one, CashbackDeviceUsed | CashbackOver) for one in done) < 6, done
    return show


def test_one_phone_is_one_like(app: Flask) -> None:
    show = one_phone(app)
    assert (show_row(show).likes, likes_of(show)) == (1, 1)


def test_control_without_the_constraint_one_phone_is_many(app: Flask) -> None:
    name = "uq_cashback_likes_show_device"
    drop = f"ALTER TABLE cashback_likes DROP CONSTRAINT {name}"
    restore = f"ALTER TABLE cashback_likes ADD CONSTRAINT {name} UNIQUE (show_id, device)"
    with without(drop, restore, table="cashback_shows"):
        assert likes_of(one_phone(app)) == NEEDED


def one_friend(app: Flask) -> Shown:
    """One friend presses like on six phones at one moment."""
    show = shown()
    friend_id = friend_of(show)
    calls = [partial(like, friend_id, show.id, show.token, device()) for _ in range(6)]
    with slow_writes("cashback_likes", of="INSERT"):
        together(app, calls)
    return show


def test_one_friend_is_one_like(app: Flask) -> None:
    show = one_friend(app)
    assert (show_row(show).likes, likes_of(show)) == (1, 1)


def test_control_without_the_constraint_one_friend_is_many(app: Flask) -> None:
    name = "uq_cashback_likes_show_user"
    drop = f"ALTER TABLE cashback_likes DROP CONSTRAINT {name}"
    restore = f"ALTER TABLE cashback_likes ADD CONSTRAINT {name} UNIQUE (show_id, user_id)"
    with without(drop, restore, table="cashback_shows"):
        assert likes_of(one_friend(app)) == NEEDED


def crowd(app: Flask) -> tuple[int, list[object]]:
    """Eight writers begin at one moment where the budget is for three."""
    rule_id = rule(3 * FEN)
    campaign_id = make_campaign(rule_id)
    reviews = [pictured() for _ in range(8)]
    calls = [
        partial(begin_show, order.user_id, campaign_id, review_id, device())
        for order, review_id in reviews
    ]
    with slow_writes("cashback_shows", of="INSERT", seconds=0.05):
        done = together(app, calls)
    return rule_id, list(done)


def test_no_more_is_promised_than_the_budget_has(app: Flask) -> None:
    rule_id, done = crowd(app)
    begun = [one for one in done if isinstance(one, int)]
    spent = [one for one in done if isinstance(one, RewardBudgetSpent)]
    assert (len(begun), len(spent), used_of(rule_id)) == (3, 5, 3 * FEN), done
    cashback_holds()


def test_control_without_the_budgets_condition_more_is_promised(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "use", lambda *_: None)
    _, done = crowd(app)
    assert sum(isinstance(one, int) for one in done) == 8
    assert rows_of("I9a")


def test_a_writer_begins_once_however_often_it_is_pressed(app: Flask) -> None:
    rule_id = rule()
    campaign_id = make_campaign(rule_id)
    order, review_id = pictured()
    press = partial(begin_show, order.user_id, campaign_id, review_id, device())
    done = together(app, [press] * 10)
    assert len(set(done)) == 1, done
    assert used_of(rule_id) == FEN
    cashback_holds()


def test_two_reviews_of_a_writer_are_one_show(app: Flask) -> None:
    rule_id = rule()
    campaign_id = make_campaign(rule_id)
    order, first = pictured()
    _, second = pictured(received(buyer=order.buyer))
    calls = [
        partial(begin_show, order.user_id, campaign_id, one, device()) for one in (first, second)
    ]
    with slow_writes("cashback_shows", of="INSERT"):
        done = together(app, calls)
    assert sum(isinstance(one, int) for one in done) == 1, done
    assert used_of(rule_id) == FEN
    cashback_holds()


def test_cash_is_given_once_however_often_it_is_settled(app: Flask) -> None:
    show = shown()
    liked(show, NEEDED)
    release(show)
    with transaction() as session:
        session.execute(text("UPDATE cashback_shows SET hold_until = now() - interval '1 day'"))
        session.execute(
            text("UPDATE orders SET settled_at = now() WHERE order_no = :no"),
            {"no": show.order.order_no},
        )
    with slow_writes("payouts", of="INSERT"):
        done = together(app, [partial(settle, show.id)] * 8)
    assert not any(done), done
    assert [one.amount_fen for one in payouts_of(show.user_id)] == [FEN]


def test_what_staff_refuse_while_it_is_given_is_one_or_the_other(app: Flask) -> None:
    show = shown()
    liked(show, NEEDED)
    release(show)
    with transaction() as session:
        session.execute(text("UPDATE cashback_shows SET hold_until = now() - interval '1 day'"))
        session.execute(text("UPDATE orders SET settled_at = now()"))
    calls: list[Callable[[], object]] = [
        partial(settle, show.id),
        partial(decide, clerk_id(), show.id, REFUSE, "同一批新帐号"),
    ]
    with slow_writes("reward_steps", of="INSERT"):
        done = together(app, calls)
    ended = (show_row(show).status, grant_status(show), len(payouts_of(show.user_id)))
    assert ended in (("given", "granted", 1), ("refused", "canceled", 0))
    assert isinstance(done[1], CashbackNotWaiting) == (ended[0] == "given"), done


def deleted_while_it_begins(app: Flask) -> int:
    """A review is deleted while its show is being written: the show's id."""
    campaign_id = make_campaign()
    order, review_id = pictured()

    def delete() -> None:
        time.sleep(0.3)  # the other has read the review, and is writing
        delete_review(order.user_id, review_id)
        work()

    calls: list[Callable[[], object]] = [
        partial(begin_show, order.user_id, campaign_id, review_id, device()),
        delete,
    ]
    with slow_writes("cashback_shows", of="INSERT", seconds=1.5):
        done = together(app, calls)
    assert isinstance(done[0], int), done
    assert done[1] is None, done
    return done[0]


def status_of(show_id: int) -> str:
    with transaction() as session:
        found = text("SELECT status FROM cashback_shows WHERE id = :id")
        return str(session.execute(found, {"id": show_id}).scalar_one())


def test_a_review_that_is_deleted_meanwhile_has_no_show(app: Flask) -> None:
    assert status_of(deleted_while_it_begins(app)) == "gone"
    cashback_holds()


def test_control_without_the_ground_it_keeps_its_show(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (opening, handlers, settling, confirming):
        monkeypatch.setattr(module, "lock_ground", lambda *_: None)
    assert status_of(deleted_while_it_begins(app)) == "collecting"


def test_a_like_at_the_very_end_is_in_time_or_not_counted(app: Flask) -> None:
    show = shown()
    friends = [friend_of(show) for _ in range(4)]
    with transaction() as session:
        session.execute(
            text("UPDATE cashback_shows SET ends_at = clock_timestamp() + interval '0.4 seconds'")
        )

    def lapse() -> None:
        time.sleep(0.5)
        settle(show.id)

    calls: list[Callable[[], object]] = [
        *(partial(like, friend, show.id, show.token, device()) for friend in friends),
        lapse,
    ]
    together(app, calls)
    row = show_row(show)
    assert (row.status, grant_status(show)) in (("lapsed", "canceled"), ("reached", "pending"))
    assert row.likes == likes_of(show)
    days_pass(0)
    cashback_holds()
