"""Prizes of lotteries that nobody claims: back into the box, where that is worse for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.lottery.campaigns.running import end
from mall.lottery.draws.returning import note_return
from mall.lottery.jobs import return_unclaimed
from mall.lottery.models import LotteryReturn
from mall.lottery.proofs.rows import export
from mall.lottery.proofs.verifying import verify_export
from mall.prizes.events import PrizeExpired
from mall.prizes.expiring import expire_due
from mall.staff.models import AuditEntry
from tests.support.events import work_off
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.lottery import (
    all_agree,
    chances,
    draw_once,
    finish,
    of_lottery,
    points_rule,
    prize,
    running_lottery,
    thanks,
)
from tests.support.prizes import (
    PRICE_FEN,
    claims_of,
    due_now,
    goods_prize,
    goods_rule,
    grant_of,
    make_goods,
)
from tests.support.users import make_shopper


@pytest.fixture(autouse=True)
def all_holds(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


def win_one(lottery_id: int, at_most: int = 100) -> tuple[int, int]:
    """Somebody draws until they have won goods: the shopper, and the claim."""
    user_id = make_shopper()[0]
    chances(user_id, lottery_id, at_most)
    for _ in range(at_most):
        if draw_once(user_id, lottery_id).kind == "reward":
            found = claims_of(user_id)
            if found:
                return user_id, found[-1].id
    raise AssertionError("nothing was won")


def unclaimed(*claim_ids: int) -> None:
    """Nobody claims these in time; what follows from it is done."""
    for claim_id in claim_ids:
        due_now(claim_id)
    expire_due()
    work_off()
    return_unclaimed()


def returns(lottery_id: int) -> list[tuple[str, int | None]]:
    """State and version of each return, by draw."""
    db.session.rollback()
    columns = (LotteryReturn.state, LotteryReturn.version)
    query = select(*columns).where(LotteryReturn.lottery_id == lottery_id)
    return [(row.state, row.version) for row in db.session.execute(query.order_by("number"))]


def table(lottery_id: int) -> dict[str, Any]:
    """The published table."""
    with transaction() as session:
        query = (
            "SELECT CAST(v.canonical AS jsonb) FROM lottery_versions v JOIN lotteries l"
            " ON l.id = v.lottery_id AND l.version = v.version WHERE l.id = :id"
        )
        found: dict[str, Any] = session.scalars(text(query), {"id": lottery_id}).one()
        return found


def test_it_is_back_and_won_by_somebody_else() -> None:
    sku_id = make_goods(40)
    lottery_id = running_lottery(
        goods_prize(sku_id, 15), thanks(1), tickets=30, budget_fen=15 * PRICE_FEN
    )
    (first, kept), (second, gone) = win_one(lottery_id), win_one(lottery_id)
    unclaimed(gone)
    assert returns(lottery_id) == [("returned", 2)]
    found = table(lottery_id)
    assert [one["count"] for one in found["prizes"]] == [16, None]
    assert found["budget_fen"] == 16 * PRICE_FEN, "what came back cost nothing"
    assert units(sku_id) == Units(39, 1)
    third = make_shopper()[0]
    left = 30 - of_lottery(lottery_id, "drawn")
    chances(third, lottery_id, left)
    for _ in range(left):
        draw_once(third, lottery_id)
    assert len(claims_of(third)) == 14
    assert of_lottery(lottery_id, "left_counts") == [0, 0]
    assert units(sku_id) == Units(25, 15)
    states = [one.state for one in (*claims_of(first), *claims_of(second))]
    assert states == ["waiting_address", "expired"]
    assert kept != gone
    all_agree(lottery_id)
    finish(lottery_id)
    end_and_verify(lottery_id)
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert "lottery.return_prizes" in actions


def end_and_verify(lottery_id: int) -> None:
    """An outsider agrees with every row of it."""
    if of_lottery(lottery_id, "ended_at") is None:
        end(lottery_id, "结束")
    assert list(verify_export(export(lottery_id))) == []


def test_several_come_back_in_one_version() -> None:
    lottery_id = running_lottery(goods_prize(make_goods(40), 10), thanks(1), tickets=60)
    won = [win_one(lottery_id)[1] for _ in range(3)]
    unclaimed(*won)
    assert returns(lottery_id) == [("returned", 2)] * 3
    assert table(lottery_id)["prizes"][0]["count"] == 13
    more = win_one(lottery_id)[1]
    unclaimed(more)
    assert returns(lottery_id) == [*[("returned", 2)] * 3, ("returned", 3)]
    return_unclaimed()
    assert table(lottery_id)["prizes"][0]["count"] == 14
    all_agree(lottery_id)


def test_where_another_prize_would_be_less_likely_it_stays_in_the_shop() -> None:
    sku_id = make_goods(10)
    prizes = (goods_prize(sku_id, 9), prize(points_rule(), weight=1), thanks(9))
    lottery_id = running_lottery(*prizes, tickets=30)
    unclaimed(win_one(lottery_id)[1])
    assert returns(lottery_id) == [("lottery_not_in_favour", None)]
    assert of_lottery(lottery_id, "version") == 1
    assert units(sku_id) == Units(10)


def test_where_no_ticket_is_left_for_it_it_stays_in_the_shop() -> None:
    lottery_id = running_lottery(goods_prize(make_goods(10), 6), tickets=6)
    unclaimed(win_one(lottery_id)[1], win_one(lottery_id)[1])
    assert returns(lottery_id) == [("lottery_not_in_favour", None)] * 2


def test_only_as_many_as_there_are_tickets_come_back() -> None:
    """One draw brings nothing, so one ticket has no prize any more and one may get one."""
    prizes = (goods_prize(make_goods(20), 8), thanks(1))
    lottery_id = running_lottery(*prizes, tickets=10)
    won = [win_one(lottery_id)[1] for _ in range(3)]
    free = 10 - of_lottery(lottery_id, "drawn") - sum(of_lottery(lottery_id, "left_counts"))
    unclaimed(*won)
    states = [state for state, _ in returns(lottery_id)]
    assert states.count("returned") == free
    all_agree(lottery_id)


def test_of_a_lottery_that_is_over_it_stays_in_the_shop() -> None:
    sku_id = make_goods(10)
    lottery_id = running_lottery(goods_prize(sku_id, 5), thanks(1), tickets=20)
    _, claim_id = win_one(lottery_id)
    end(lottery_id, "结束")
    unclaimed(claim_id)
    assert returns(lottery_id) == [("lottery_over", None)]
    assert units(sku_id) == Units(10)


def test_a_prize_by_weight_or_of_more_than_goods_has_no_place_to_go_back_to() -> None:
    sku_id = make_goods(10)
    by_weight = running_lottery(prize(goods_rule(sku_id), weight=1, worth_fen=PRICE_FEN))
    both = goods_rule(sku_id, 1, {"kind": "points", "count": 5})
    with_points = running_lottery(prize(both, count=5, worth_fen=PRICE_FEN), thanks(1), tickets=20)
    for lottery_id in (by_weight, with_points):
        unclaimed(win_one(lottery_id)[1])
        assert returns(lottery_id) == []
    assert units(sku_id) == Units(10)


def test_an_event_that_comes_twice_is_one_return() -> None:
    lottery_id = running_lottery(goods_prize(make_goods(10), 5), thanks(1), tickets=20)
    user_id, claim_id = win_one(lottery_id)
    unclaimed(claim_id)
    grant = grant_of(claim_id)
    event = PrizeExpired(
        claim_id=claim_id,
        user_id=user_id,
        sku_id=claims_of(user_id)[-1].sku_id,
        units=1,
        grant_id=grant.id,
    )
    with transaction() as session:
        note_return(session, event)
    return_unclaimed()
    assert returns(lottery_id) == [("returned", 2)]
    assert table(lottery_id)["prizes"][0]["count"] == 6


def test_sold_on_the_shelf_meanwhile_it_is_owed_to_who_wins_it() -> None:
    """It is tried again each hour, and given once there is one."""
    sku_id = make_goods(2)
    lottery_id = running_lottery(goods_prize(sku_id, 3), tickets=3)
    for _ in range(2):
        win_one(lottery_id)
    last = make_shopper()[0]
    chances(last, lottery_id)
    assert draw_once(last, lottery_id).refusal == "out_of_stock"
    assert claims_of(last) == []
