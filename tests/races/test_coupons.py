"""The last coupon, one coupon for several orders, the last of a reward's budget."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.coupons import claiming, participant
from mall.coupons.errors import AllClaimed
from mall.coupons.models import Coupon
from mall.kernel.db import db, transaction
from mall.orders.models import Order
from mall.orders.placed import PlacedOrder
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.rewards.models import RewardGrant
from tests.support.coupons import coupon_of, make_coupon, make_rule, make_template
from tests.support.invariants import check_invariants, rows_of
from tests.support.inventory import Units, units
from tests.support.orders import Buyer, make_buyer, make_goods
from tests.support.races import Rendezvous, execute, slow_writes, together
from tests.support.rewards import reward
from tests.support.users import make_shopper

CLAIMS = 64
ORDERS = 5
DROP_TOTAL = "ALTER TABLE coupon_templates DROP CONSTRAINT ck_coupon_templates_claimed"
ADD_TOTAL = (
    "ALTER TABLE coupon_templates ADD CONSTRAINT ck_coupon_templates_claimed"
    " CHECK (claimed >= 0 AND claimed <= total_limit)"
)


def broken_now(code: str) -> bool:
    db.session.rollback()
    return bool(rows_of(code))


def kinds(outcomes: list[object]) -> Counter[str]:
    return Counter(type(o).__name__ if isinstance(o, Exception) else "done" for o in outcomes)


def coupons_in_all() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Coupon)) or 0


def claims(app: Flask, template_id: int, shoppers: list[int]) -> Counter[str]:
    return kinds(together(app, [partial(claiming.claim, user, template_id) for user in shoppers]))


def test_of_64_claims_of_the_last_coupon_one_gets_it(app: Flask) -> None:
    template_id = make_template(total_limit=1)
    shoppers = [make_shopper()[0] for _ in range(CLAIMS)]
    assert claims(app, template_id, shoppers) == {"done": 1, "AllClaimed": CLAIMS - 1}
    assert coupons_in_all() == 1
    check_invariants()


def test_64_claims_of_one_shopper_stay_within_the_limit(app: Flask) -> None:
    template_id = make_template(total_limit=100, per_user_limit=3)
    user_id, _ = make_shopper()
    found = claims(app, template_id, [user_id] * CLAIMS)
    assert found == {"done": 3, "ClaimLimitReached": CLAIMS - 3}
    assert coupons_in_all() == 3
    check_invariants()


def careless_claim(others: Rendezvous, user_id: int, template_id: int) -> int:
    """Reads, then writes: what a mall without the conditional UPDATE does."""
    with transaction() as session:
        ids = {"t": template_id}
        left = session.scalar(
            text("SELECT total_limit - claimed FROM coupon_templates WHERE id = :t"), ids
        )
        if not left:
            raise AllClaimed
        others()
        session.execute(
            text("UPDATE coupon_templates SET claimed = claimed + 1 WHERE id = :t"), ids
        )
        coupon_id: int = session.execute(
            text(
                "INSERT INTO coupons (template_id, user_id, way, valid_from, expires_at)"
                " VALUES (:t, :u, 'public', now(), now() + interval '1 day') RETURNING id"
            ),
            {**ids, "u": user_id},
        ).scalar_one()
        return coupon_id


def test_control_reading_before_writing_gives_more_than_there_are(app: Flask) -> None:
    template_id = make_template(total_limit=1)
    shoppers = [make_shopper()[0] for _ in range(8)]
    execute(DROP_TOTAL)
    try:
        others = Rendezvous(len(shoppers))
        calls = [partial(careless_claim, others, user, template_id) for user in shoppers]
        found = kinds(together(app, calls))
        assert found["done"] > 1
        assert broken_now("I10b")
    finally:
        execute("TRUNCATE coupon_templates CASCADE", ADD_TOTAL)


def test_one_code_pressed_by_many_gives_one_coupon(app: Flask) -> None:
    from_code = make_template(way="code")
    with transaction() as session:
        code = session.execute(
            text(
                "WITH b AS (INSERT INTO coupon_batches (template_id, size) VALUES (:t, 1)"
                " RETURNING id) INSERT INTO coupon_codes (batch_id, code)"
                " SELECT id, 'ABCDEFGH12345678' FROM b RETURNING code"
            ),
            {"t": from_code},
        ).scalar_one()
    shoppers = [make_shopper()[0] for _ in range(12)]
    found = kinds(together(app, [partial(claiming.redeem, user, code) for user in shoppers]))
    assert found == {"done": 1, "CodeUsed": 11}
    check_invariants()


def order(buyer: Buyer, sku: int, choice: str, payable_fen: int) -> str:
    return place_order(
        buyer.user_id, {sku: 1}, buyer.address_id, payable_fen, choices={"coupons": choice}
    ).order_no


def orders(app: Flask, choice: str) -> tuple[Counter[str], int, int]:
    """Five orders at once with one coupon: how they went, the coupon, the SKU."""
    buyer, sku = make_buyer(), make_goods(20, 3000)
    coupon_id = make_coupon(buyer.user_id)
    chosen = {"coupons": choice.replace("ID", str(coupon_id))}
    payable = preview(buyer.user_id, {sku: 1}, buyer.address_id, chosen).quote.payable_fen
    call = partial(order, buyer, sku, chosen["coupons"], payable)
    with slow_writes("orders", of="INSERT"):
        found = kinds(together(app, [call] * ORDERS))
    return found, coupon_id, sku


@pytest.mark.parametrize("choice", ["ID", "best"])
def test_of_5_orders_with_one_coupon_one_has_it(app: Flask, choice: str) -> None:
    found, coupon_id, sku = orders(app, choice)
    assert found == {"done": 1, "CouponNotUsable": ORDERS - 1}
    payable = db.session.scalars(select(Order.payable_fen)).all()
    assert len(payable) == 1
    assert min(payable) > 0
    assert coupon_of(coupon_id).status == "locked"
    assert units(sku) == Units(19, reserved=1), "the others have reserved nothing"
    check_invariants()


def careless_lock(session: Session, order: PlacedOrder, coupon_ids: list[int]) -> list[int]:
    """Trusts what the quote read."""
    for coupon_id in coupon_ids:
        session.execute(
            text("UPDATE coupons SET status = 'locked', order_id = :o WHERE id = :c"),
            {"o": order.id, "c": coupon_id},
        )
    return coupon_ids


def test_control_locking_without_a_condition_uses_one_coupon_five_times(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(participant, "lock", careless_lock)
    found, _, _ = orders(app, "ID")
    assert found["done"] > 1
    assert broken_now("I10a")


def grants_in_all() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(RewardGrant)) or 0


def test_one_reward_for_one_event_however_often_it_is_sent(app: Flask) -> None:
    rule_id = make_rule(make_template(way="reward"))
    user_id, _ = make_shopper()
    found = Counter(together(app, [partial(reward, rule_id, "a", user_id)] * 16))
    assert found == {"granted": 1, "already": 15}
    assert (grants_in_all(), coupons_in_all()) == (1, 1)
    check_invariants()


def test_the_budget_and_the_daily_cap_are_exact(app: Flask) -> None:
    budget = make_rule(make_template(way="reward"), budget=3)
    capped = make_rule(make_template(way="reward"), daily_cap=2)
    shoppers = [make_shopper()[0] for _ in range(16)]
    found = Counter(together(app, [partial(reward, budget, "a", user) for user in shoppers]))
    assert found == {"granted": 3, "reward_budget_spent": 13}
    calls = [partial(reward, capped, f"event-{n}", shoppers[0]) for n in range(16)]
    assert Counter(together(app, calls)) == {"granted": 2, "reward_daily_cap": 14}
    assert (grants_in_all(), coupons_in_all()) == (5, 5)
    check_invariants()


def careless_grant(others: Rendezvous, rule_id: int, user_id: int) -> str:
    """Looks first, then gives: no unique row decides."""
    with transaction() as session:
        if session.scalar(select(RewardGrant.id).where(RewardGrant.user_id == user_id)):
            return "already"
        others()
        session.execute(
            text(
                "INSERT INTO reward_grants (rule_id, event, user_id, day)"
                " VALUES (:r, 'a', :u, current_date)"
            ),
            {"r": rule_id, "u": user_id},
        )
        return "granted"


def test_control_without_the_unique_row_a_shopper_is_rewarded_again(app: Flask) -> None:
    rule_id = make_rule(make_template(way="reward"))
    user_id, _ = make_shopper()
    execute("ALTER TABLE reward_grants DROP CONSTRAINT uq_reward_grants_rule_event_user")
    try:
        grant = partial(careless_grant, Rendezvous(8), rule_id, user_id)
        found = Counter(together(app, [grant] * 8))
        assert found["granted"] > 1
        assert broken_now("I9a")
    finally:
        execute(
            "TRUNCATE reward_grants CASCADE",
            "ALTER TABLE reward_grants ADD CONSTRAINT uq_reward_grants_rule_event_user"
            " UNIQUE (rule_id, event, user_id)",
        )
