"""Physical prizes: set aside when given, claimed in time, taken back before they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.inventory.errors import OutOfStock
from mall.inventory.jobs import refresh_sold_counts
from mall.kernel.db import db, transaction
from mall.messages.models import Message
from mall.orders.errors import NotOrderable
from mall.orders.fulfilling import confirm_receipt
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.points.ledger.models import PointsEntry
from mall.prizes.claiming import claim
from mall.prizes.errors import (
    PrizeClaimOver,
    PrizeDeadlineInvalid,
    PrizeNotFound,
    PrizeStateConflict,
)
from mall.prizes.expiring import expire_due
from mall.prizes.granter import GoodsGranter
from mall.prizes.jobs import remind
from mall.prizes.managing import cancel, extend
from mall.prizes.settings import CLAIM_DAYS, REMIND_DAYS
from mall.rewards.confirming import confirm
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part
from mall.rewards.granting import Source, grant
from mall.rewards.reversing import reverse, reverse_for
from mall.shipping import commands as shipping
from mall.staff.models import AuditEntry
from mall.users import erasing
from mall.users.closing import close_account, losses
from tests.support.boxes import make_boxes
from tests.support.events import work_off
from tests.support.exchange import item_of, make_code_item
from tests.support.freight import make_freight_template, zone
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.messages import now
from tests.support.orders import lines_of, make_buyer, order_of
from tests.support.prizes import (
    PRICE_FEN,
    claim_row,
    claimed,
    claims_of,
    days_pass,
    due_now,
    goods_rule,
    grant_of,
    make_goods,
    make_prize,
    win,
    won,
)
from tests.support.settings import set_setting


@pytest.fixture(autouse=True)
def all_holds(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


def test_a_prize_is_set_aside_and_sent_for_nothing() -> None:
    sku_id = make_goods(5)
    buyer, claim_id, order_no = claimed(goods_rule(sku_id, 2))
    order = order_of(order_no)
    paid = (order.kind, order.status, order.payable_fen, order.freight_fen)
    assert paid == ("prize", "paid", 0, 0)
    assert [(line.sku_id, line.quantity) for line in lines_of(order_no)] == [(sku_id, 2)]
    assert units(sku_id) == Units(3, 0, 2)
    row = claim_row(claim_id)
    assert (row.state, row.order_id, row.units) == ("ordered", order.id, 2)
    shipping.ship(order_no, "ZTO", "Z100001")
    confirm_receipt(buyer.user_id, order_no)
    work_off()
    assert claim_row(claim_id).state == "ordered"
    query = select(PointsEntry.id).where(PointsEntry.user_id == buyer.user_id)
    assert not db.session.scalars(query).all(), "what cost nothing earns nothing"
    refresh_sold_counts()
    sold = "SELECT sold_count FROM spus s JOIN skus k ON k.spu_id = s.id WHERE k.id = :id"
    assert db.session.scalar(text(sold), {"id": sku_id}) == 0, "nobody bought it"


def test_while_it_waits_nobody_else_has_it() -> None:
    sku_id = make_goods(1)
    rule_id = goods_rule(sku_id)
    won(rule_id)
    assert units(sku_id) == Units(0, 1)
    with pytest.raises(OutOfStock):
        win(make_buyer().user_id, rule_id)
    assert units(sku_id) == Units(0, 1)


def test_a_claim_is_its_shoppers_and_once() -> None:
    buyer, claim_id = won(make_prize())
    with pytest.raises(PrizeNotFound):
        claim(make_buyer().user_id, claim_id, buyer.address_id)
    claim(buyer.user_id, claim_id, buyer.address_id)
    with pytest.raises(PrizeStateConflict):
        claim(buyer.user_id, claim_id, buyer.address_id)


def test_where_nothing_is_delivered_it_waits_for_another_address() -> None:
    make_freight_template(zone(), zone("330000", deliverable=False), is_default=True)
    buyer, claim_id = won(make_prize())
    with pytest.raises(NotOrderable) as refused:
        claim(buyer.user_id, claim_id, buyer.address_id)
    assert refused.value.code == "undeliverable"
    assert claim_row(claim_id).state == "waiting_address"


def test_unclaimed_by_the_deadline_it_is_for_sale_again() -> None:
    sku_id = make_goods(3)
    buyer, claim_id = won(goods_rule(sku_id))
    days_pass(CLAIM_DAYS.get() - 1)
    expire_due()
    assert claim_row(claim_id).state == "waiting_address"
    days_pass(1)
    with pytest.raises(PrizeClaimOver):
        claim(buyer.user_id, claim_id, buyer.address_id)
    assert expire_due() == 1
    assert expire_due() == 0
    assert claim_row(claim_id).state == "expired"
    assert units(sku_id) == Units(3)
    with pytest.raises(PrizeClaimOver):
        claim(buyer.user_id, claim_id, buyer.address_id)


def test_the_shopper_is_told_and_reminded_once_a_deadline() -> None:
    buyer, claim_id = won(make_prize())
    work_off()
    assert kinds_of(buyer.user_id) == ["prize_waiting"]
    remind()
    assert kinds_of(buyer.user_id) == ["prize_waiting"]
    days_pass(CLAIM_DAYS.get() - REMIND_DAYS.get())
    remind()
    remind()
    assert kinds_of(buyer.user_id) == ["prize_due", "prize_waiting"]
    extend(claim_id, now() + timedelta(days=30))
    days_pass(28)
    remind()
    assert kinds_of(buyer.user_id) == ["prize_due", "prize_due", "prize_waiting"]


def test_without_days_nobody_is_reminded() -> None:
    set_setting(REMIND_DAYS, 0)
    buyer, _ = won(make_prize())
    days_pass(CLAIM_DAYS.get() - 1)
    remind()
    assert "prize_due" not in kinds_of(buyer.user_id)


def kinds_of(user_id: int) -> list[str]:
    query = select(Message.kind).where(Message.user_id == user_id).order_by(Message.kind)
    return list(db.session.scalars(query))


def test_a_deadline_is_put_off_and_not_drawn_in() -> None:
    buyer, claim_id = won(make_prize())
    before = claim_row(claim_id).claim_by
    for wrong in (before, before - timedelta(days=1), now() + timedelta(days=366)):
        with pytest.raises(PrizeDeadlineInvalid):
            extend(claim_id, wrong)
    later = before + timedelta(days=10)
    extend(claim_id, later)
    assert claim_row(claim_id).claim_by == later
    days_pass(CLAIM_DAYS.get() + 5)
    expire_due()
    claim(buyer.user_id, claim_id, buyer.address_id)
    with pytest.raises(PrizeStateConflict):
        extend(claim_id, now() + timedelta(days=30))
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert "prize.extend" in actions


def test_staff_call_the_order_off_and_it_waits_again() -> None:
    sku_id = make_goods(2)
    buyer, claim_id, order_no = claimed(goods_rule(sku_id))
    days_pass(10)
    refund(order_no, 1)
    assert order_of(order_no).status == "closed"
    row = claim_row(claim_id)
    assert (row.state, row.order_id, row.ordered_at) == ("waiting_address", None, None)
    assert row.claim_by > now() + timedelta(days=CLAIM_DAYS.get() - 1)
    assert units(sku_id) == Units(1, 1)
    check_invariants()
    again = claim(buyer.user_id, claim_id, buyer.address_id).order_no
    assert again != order_no
    assert units(sku_id) == Units(1, 0, 1)


def refund(order_no: str, count: int) -> None:
    line_id = lines_of(order_no)[0].id
    request_refund(order_no, [RequestedLine(line_id, count)], 0, "无法发货")


def test_some_units_of_an_order_are_called_off() -> None:
    sku_id = make_goods(5)
    _, claim_id, order_no = claimed(goods_rule(sku_id, 3))
    refund(order_no, 1)
    row = claim_row(claim_id)
    assert (row.state, row.back_units) == ("ordered", 1)
    assert units(sku_id) == Units(3, 0, 2)
    check_invariants()
    refund(order_no, 2)
    row = claim_row(claim_id)
    assert (row.state, row.left) == ("waiting_address", 2)
    assert units(sku_id) == Units(3, 2)


def test_a_parcel_that_was_lost_ends_the_claim() -> None:
    sku_id = make_goods(2)
    _, claim_id, order_no = claimed(goods_rule(sku_id))
    shipping.ship(order_no, "ZTO", "Z100002")
    refund(order_no, 1)
    assert order_of(order_no).status == "closed"
    assert claim_row(claim_id).state == "canceled"
    assert units(sku_id) == Units(1, 0, 1)


def test_refunded_after_it_was_received_it_stays_with_its_order() -> None:
    buyer, claim_id, order_no = claimed(make_prize())
    shipping.ship(order_no, "ZTO", "Z100003")
    confirm_receipt(buyer.user_id, order_no)
    refund(order_no, 1)
    row = claim_row(claim_id)
    assert (row.state, row.left) == ("ordered", 0)


def test_staff_cancel_a_claim() -> None:
    sku_id = make_goods(4)
    rule_id = goods_rule(sku_id)
    _, waiting = won(rule_id)
    cancel(waiting, "刷奖")
    row = claim_row(waiting)
    assert (row.state, row.end_reason) == ("canceled", "刷奖")
    _, ordered, order_no = claimed(rule_id)
    cancel(ordered, "刷奖")
    assert (claim_row(ordered).state, order_of(order_no).status) == ("canceled", "closed")
    assert units(sku_id) == Units(4)
    _, sent, order_no = claimed(rule_id)
    shipping.ship(order_no, "ZTO", "Z100004")
    for claim_id in (waiting, ordered, sent):
        with pytest.raises(PrizeStateConflict):
            cancel(claim_id, "刷奖")
    with pytest.raises(PrizeNotFound):
        cancel(10**9, "刷奖")


def test_taken_back_while_it_waits() -> None:
    sku_id = make_goods(5)
    _, claim_id = won(goods_rule(sku_id, 4), ground="order:1")
    assert take_back("order:1", Fraction(1, 4)) == [(1, 0)]
    row = claim_row(claim_id)
    assert (row.state, row.back_units) == ("waiting_address", 1)
    assert units(sku_id) == Units(2, 3)
    check_invariants()
    assert take_back("order:1") == [(3, 0)]
    assert take_back("order:1") == []
    assert claim_row(claim_id).state == "taken_back"
    assert units(sku_id) == Units(5)
    assert grant_of(claim_id).status == "reversed"


def take_back(ground: str, share: Fraction = Fraction(1)) -> list[tuple[int, int]]:
    """What came back and what is owed, by part."""
    with transaction() as session:
        done = reverse_for(session, ground, cause="test", share=share)
        return [(part.taken, part.debt) for one in done for part in one.parts]


def test_taken_back_before_it_is_sent() -> None:
    sku_id = make_goods(5)
    buyer, claim_id = won(goods_rule(sku_id, 4), ground="order:2")
    order_no = claim(buyer.user_id, claim_id, buyer.address_id).order_no
    assert take_back("order:2", Fraction(1, 2)) == [(2, 0)]
    row = claim_row(claim_id)
    assert (row.state, row.back_units, order_of(order_no).status) == ("ordered", 2, "paid")
    assert units(sku_id) == Units(3, 0, 2)
    check_invariants()
    assert take_back("order:2") == [(2, 0)]
    assert (claim_row(claim_id).state, order_of(order_no).status) == ("taken_back", "closed")
    assert units(sku_id) == Units(5)


def test_what_was_sent_is_owed() -> None:
    sku_id = make_goods(5)
    buyer, claim_id = won(goods_rule(sku_id, 3), ground="order:3")
    order_no = claim(buyer.user_id, claim_id, buyer.address_id).order_no
    line_id = lines_of(order_no)[0].id
    shipping.ship(order_no, "ZTO", "Z100005", {line_id: 1})
    assert take_back("order:3") == [(2, 1)]
    row = claim_row(claim_id)
    assert (row.state, row.left, order_of(order_no).status) == ("ordered", 1, "shipped")
    assert units(sku_id) == Units(4, 0, 1)


def test_what_expired_is_the_shops_already() -> None:
    _, claim_id = won(make_prize(), ground="order:4")
    due_now(claim_id)
    expire_due()
    assert take_back("order:4") == [(1, 0)]
    assert claim_row(claim_id).state == "expired"


def test_part_of_a_reward_that_gives_more() -> None:
    sku_id = make_goods(5)
    rule_id = goods_rule(
        sku_id,
        1,
        {"kind": "points", "count": 30},
        {"kind": "goods", "what": str(make_goods()), "count": 2},
    )
    buyer = make_buyer()
    grant_id = win(buyer.user_id, rule_id)
    assert sorted(one.units for one in claims_of(buyer.user_id)) == [1, 2]
    assert {one.grant_id for one in claims_of(buyer.user_id)} == {grant_id}
    with transaction() as session:
        done = reverse(session, grant_id, cause="test")
    assert done is not None
    assert {one.state for one in claims_of(buyer.user_id)} == {"taken_back"}


def test_a_promise_holds_nothing_before_it_is_kept() -> None:
    sku_id, buyer = make_goods(2), make_buyer()
    rule_id = goods_rule(sku_id)
    with transaction() as session:
        made = grant(session, buyer.user_id, Source(rule_id, "promise"), pending=True)
    assert units(sku_id) == Units(2)
    with transaction() as session:
        assert confirm(session, made.id, cause="test")
    assert [one.grant_id for one in claims_of(buyer.user_id)] == [made.id]
    assert units(sku_id) == Units(1, 1)


def test_what_it_costs_and_what_cannot_be_given(app: Flask) -> None:
    sku_id, granter = make_goods(), GoodsGranter()
    with transaction() as session:
        assert granter.cost_fen(session, Part("goods", str(sku_id), 2)) == 2 * PRICE_FEN
        session.execute(text("UPDATE skus SET cost_fen = 1200 WHERE id = :id"), {"id": sku_id})
        assert granter.cost_fen(session, Part("goods", str(sku_id), 2)) == 2_400
        for sold_otherwise in (make_boxes(2).sku_id, item_of(make_code_item("A")).sku_id):
            with pytest.raises(RewardUnknown):
                granter.check(session, Part("goods", str(sold_otherwise), 1))
        for wrong in ("", "x", "999999999", "0", "9" * 25, "١"):
            with pytest.raises(RewardUnknown):
                granter.check(session, Part("goods", wrong, 1))
            assert granter.cost_fen(session, Part("goods", wrong, 1)) is None
        with pytest.raises(RewardUnknown):
            granter.check(session, Part("goods", str(sku_id), 21))


def test_an_account_that_closes_lets_its_prizes_go() -> None:
    sku_id = make_goods(3)
    rule_id = goods_rule(sku_id)
    buyer, claim_id = won(rule_id)
    won(rule_id, buyer)
    with transaction() as session:
        assert [one.message for one in losses(session, buyer.user_id) if one.name == "prizes"] == [
            "2 件未领取的奖品将作废"
        ]
    close_account(buyer.user_id)
    erasing.erase_at_once(buyer.user_id)
    assert {one.state for one in claims_of(buyer.user_id)} == {"expired"}
    assert units(sku_id) == Units(3)
    assert claim_row(claim_id).claim_by <= now()
