"""Grants that wait for a fact, repeats, shares that are taken back, budgets in fen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.rewards.confirming import Confirmation, confirm, confirm_for
from mall.rewards.errors import (
    RewardBudgetSpent,
    RewardGrantNotFound,
    RewardNotPriced,
    RewardRulePaused,
    RewardUnitFixed,
)
from mall.rewards.granters import Part, TakenBack
from mall.rewards.granting import Granted, Source, grant
from mall.rewards.models import RewardStep
from mall.rewards.reversing import PartBack, Reversal, reverse, reverse_for
from mall.users.closing import close_account
from mall.users.errors import AccountClosed
from tests.features.birthdays.granter import KIND, TreatGranter
from tests.support.coupons import coupon_of, make_rule, make_template
from tests.support.invariants import check_invariants
from tests.support.orders import make_buyer, make_goods
from tests.support.rewards import (
    change_treat_rule,
    holding,
    state_of,
    treat_rule,
    treats,
    used_of,
)
from tests.support.users import make_shopper

GROUND = "order:1"


@pytest.fixture(autouse=True)
def with_treats(app: Flask) -> Iterator[None]:
    with treats(app):
        yield
        check_invariants()


@pytest.fixture
def user_id(app: Flask) -> int:
    return make_shopper()[0]


def give(
    user_id: int, rule_id: int, count: int | None = None, *, pending: bool = False, event: str = "e"
) -> Granted:
    reward = None if count is None else (Part(KIND, "", count),)
    with transaction() as session:
        return grant(session, user_id, Source(rule_id, event, GROUND), reward, pending=pending)


def take(share: Fraction | int = 1, ground: str = GROUND) -> list[Reversal]:
    with transaction() as session:
        return reverse_for(session, ground, cause="refund", share=Fraction(share))


def settle(ground: str = GROUND) -> list[Confirmation]:
    with transaction() as session:
        return confirm_for(session, ground, cause="settled")


def eat(user_id: int, count: int) -> None:
    with transaction() as session:
        session.execute(
            text("UPDATE birthday_treats SET held = held - :n WHERE user_id = :u"),
            {"n": count, "u": user_id},
        )


def steps_of(grant_id: int) -> list[tuple[str, str]]:
    with transaction() as session:
        rows = session.execute(
            select(RewardStep.from_status, RewardStep.to_status)
            .where(RewardStep.grant_id == grant_id)
            .order_by(RewardStep.id)
        )
        return [(row.from_status, row.to_status) for row in rows]


def test_a_repeat_says_which_grant_was_the_first(user_id: int) -> None:
    rule_id = treat_rule(7)
    first = give(user_id, rule_id)
    assert not first.repeated
    assert give(user_id, rule_id, 1000) == Granted(first.id, repeated=True)
    assert holding(user_id) == (7, 0)


def test_a_repeat_is_one_whatever_became_of_rule_and_budget(user_id: int) -> None:
    rule_id = treat_rule(budget=1)
    first = give(user_id, rule_id)
    assert give(user_id, rule_id).id == first.id, "the budget is spent"
    change_treat_rule(rule_id, budget=1, enabled=False)
    assert give(user_id, rule_id).id == first.id
    take()
    assert give(user_id, rule_id) == Granted(first.id, repeated=True), "it isn't given again"
    assert holding(user_id) == (0, 0)


def test_a_promise_is_given_when_the_fact_has_come(user_id: int) -> None:
    rule_id = treat_rule(budget=5)
    made = give(user_id, rule_id, 12, pending=True)
    assert (holding(user_id), state_of(made.id)[0], used_of(rule_id)) == ((0, 0), "pending", 1)
    change_treat_rule(rule_id, enabled=False, budget=5)
    assert settle() == [Confirmation(made.id, user_id)], "a paused rule keeps its promises"
    assert settle() == []
    assert holding(user_id) == (12, 0)
    assert steps_of(made.id) == [("pending", "granted")]
    with transaction() as session:
        assert confirm(session, made.id, cause="again") is False
        with pytest.raises(RewardGrantNotFound):
            confirm(session, 987654321, cause="none")


def test_a_promise_is_canceled_and_its_budget_is_free(user_id: int) -> None:
    rule_id = treat_rule(budget=1, budget_returns=False)
    made = give(user_id, rule_id, 12, pending=True)
    assert take() == [Reversal(made.id, user_id, (PartBack(KIND, "", 12, 0),))]
    assert (take(), settle()) == ([], [])
    assert (state_of(made.id)[0], holding(user_id)) == ("canceled", (0, 0))
    assert used_of(rule_id) == 0, "nothing was given, whatever the rule says of reversals"


def test_a_promise_shrinks_with_its_ground(user_id: int) -> None:
    made = give(user_id, treat_rule(), 100, pending=True)
    take(Fraction(1, 3))
    assert state_of(made.id) == ("pending", 33, 0)
    settle()
    assert holding(user_id) == (67, 0)
    take(Fraction(2, 3))
    assert (holding(user_id), state_of(made.id)) == ((34, 0), ("granted", 66, 0))
    take()
    assert (holding(user_id), state_of(made.id)) == ((0, 0), ("reversed", 100, 0))
    assert steps_of(made.id) == [
        ("pending", "pending"),
        ("pending", "granted"),
        ("granted", "granted"),
        ("granted", "reversed"),
    ]


@pytest.mark.parametrize("refunds", [(1, 2, 3), (1, 1, 3), (2, 1, 3), (3, 1), (3,)])
def test_shares_in_all_add_up_to_the_unit(user_id: int, refunds: tuple[int, ...]) -> None:
    """Repeated, in the wrong order: never more than was due, at the end all of it."""
    made = give(user_id, treat_rule(), 100)
    reached = 0
    for thirds in refunds:
        back = take(Fraction(thirds, 3))
        reached = max(reached, thirds)
        due = 100 * reached // 3
        assert holding(user_id) == (100 - due, 0)
        assert sum(part.taken for one in back for part in one.parts) in (0, due, due - 33, due - 66)
    assert state_of(made.id) == ("reversed", 100, 0)


def test_what_was_spent_is_owed(user_id: int) -> None:
    made = give(user_id, treat_rule(), 100)
    eat(user_id, 70)
    (half,) = take(Fraction(1, 2))
    assert half.parts == (PartBack(KIND, "", 30, 20),)
    assert state_of(made.id) == ("granted", 30, 20)
    take()
    assert (holding(user_id), state_of(made.id)) == ((0, 70), ("reversed", 30, 70))


def test_every_grant_on_a_ground_comes_back_and_no_other(user_id: int) -> None:
    friend, rule_id = make_shopper()[0], treat_rule()
    mine, theirs = give(user_id, rule_id), give(friend, rule_id, 5)
    with transaction() as session:
        other = grant(session, user_id, Source(rule_id, "f", "order:2"))
    assert [one.grant_id for one in take()] == [mine.id, theirs.id]
    assert take() == []
    assert (holding(user_id), holding(friend)) == ((100, 0), (0, 0))
    assert state_of(other.id) == ("granted", 0, 0)


def test_a_share_is_from_nothing_to_all(user_id: int) -> None:
    made = give(user_id, treat_rule())
    assert take(0) == []
    for wrong in (Fraction(-1, 2), Fraction(3, 2)):
        with pytest.raises(ValueError, match="share"):
            take(wrong)
    with transaction() as session:
        assert reverse(session, made.id, cause="x", share=Fraction(1, 10)) is not None
        assert reverse(session, made.id, cause="x", share=Fraction(1, 10)) is None
        with pytest.raises(RewardGrantNotFound):
            reverse(session, 987654321, cause="x")


def test_a_budget_in_fen_counts_what_is_given_to_the_fen(user_id: int) -> None:
    rule_id = treat_rule(budget=3_000, budget_unit="fen")  # a treat costs 20 fen
    give(user_id, rule_id, 7)
    give(user_id, rule_id, 140, event="f")
    assert used_of(rule_id) == 2_940
    with pytest.raises(RewardBudgetSpent):
        give(user_id, rule_id, 4, event="g")
    give(user_id, rule_id, 3, event="g")
    assert used_of(rule_id) == 3_000
    eat(user_id, 149)
    take(Fraction(1, 3))
    assert used_of(rule_id) == 3_000 - 20, "what is owed isn't there to be given again"


@pytest.mark.parametrize(("returns", "left"), [(True, 0), (False, 2_000)])
def test_the_rule_says_whether_its_budget_comes_back(
    user_id: int, returns: bool, left: int
) -> None:
    rule_id = treat_rule(budget=2_000, budget_unit="fen", budget_returns=returns)
    give(user_id, rule_id)
    for thirds in (1, 2, 3):
        take(Fraction(thirds, 3))
    assert used_of(rule_id) == left


def test_a_piece_comes_back_with_its_last_unit(user_id: int) -> None:
    rule_id = treat_rule(budget=2)
    give(user_id, rule_id)
    take(Fraction(1, 2))
    assert used_of(rule_id) == 1
    eat(user_id, 1)
    take()
    assert used_of(rule_id) == 1, "a unit of it is owed"


def test_a_budget_counts_from_when_it_is_set(user_id: int) -> None:
    rule_id = treat_rule()
    give(user_id, rule_id)
    change_treat_rule(rule_id, budget=1)
    give(user_id, rule_id, event="f")
    with pytest.raises(RewardBudgetSpent):
        give(user_id, rule_id, event="g")
    take()
    assert used_of(rule_id) == 0
    with pytest.raises(RewardUnitFixed):
        change_treat_rule(rule_id, budget_unit="fen")


def test_what_nobody_can_price_has_no_budget_in_fen(user_id: int) -> None:
    percent = {"kind": "percent", "off_bp": 1000, "amount_fen": None}
    with pytest.raises(RewardNotPriced):
        make_rule(make_template(way="reward", **percent), budget_unit="fen")
    capped = make_template(way="reward", cap_fen=700, **percent)
    rule_id = make_rule(capped, 2, budget=1_400, budget_unit="fen")
    with transaction() as session:
        grant(session, user_id, Source(rule_id, "e"))
    assert used_of(rule_id) == 1_400


def test_a_share_of_coupons_takes_those_that_can_still_be_used(app: Flask) -> None:
    buyer, template_id = make_buyer(), make_template(way="reward")
    give(buyer.user_id, make_rule(template_id, 2))
    with transaction() as session:
        receipt = session.scalars(text("SELECT receipt FROM reward_parts")).one()
    first, second = map(int, receipt.split(","))
    lines, chosen = {make_goods(9, 3000): 1}, {"coupons": str(first)}
    payable_fen = preview(buyer.user_id, lines, buyer.address_id, chosen).quote.payable_fen
    place_order(buyer.user_id, lines, buyer.address_id, payable_fen, choices=chosen)
    (back,) = take(Fraction(1, 2))
    assert back.parts == (PartBack("coupon", str(template_id), 1, 0),)
    assert [coupon_of(one).status for one in (first, second)] == ["locked", "revoked"]
    (back,) = take()
    assert (back.parts[0].taken, back.parts[0].debt) == (0, 1)


def test_what_its_granter_refuses_stays_promised(user_id: int) -> None:
    template_id = make_template(way="reward", total_limit=1)
    rule_id, friend = make_rule(template_id), make_shopper()[0]
    both = [give(one, rule_id, pending=True) for one in (user_id, friend)]
    assert settle() == [
        Confirmation(both[0].id, user_id),
        Confirmation(both[1].id, friend, "coupon_all_claimed"),
    ]
    assert [state_of(one.id)[0] for one in both] == ["granted", "pending"]
    take()
    assert [state_of(one.id)[0] for one in both] == ["reversed", "canceled"]


def test_a_paused_rule_and_an_empty_reward_give_nothing(user_id: int) -> None:
    rule_id = treat_rule(enabled=False)
    with pytest.raises(RewardRulePaused):
        give(user_id, rule_id)
    change_treat_rule(rule_id)
    with transaction() as session, pytest.raises(ValueError, match="nothing"):
        grant(session, user_id, Source(rule_id, "e"), ())


def test_a_closed_account_is_given_nothing_more(user_id: int, work: Callable[[], None]) -> None:
    rule_id = treat_rule(budget=9)
    given, promised = give(user_id, rule_id), give(user_id, rule_id, event="f", pending=True)
    close_account(user_id)
    with pytest.raises(AccountClosed):
        give(user_id, rule_id, event="g")
    assert settle() == [Confirmation(promised.id, user_id, "account_closed")]
    work()
    assert (state_of(given.id)[0], state_of(promised.id)[0]) == ("granted", "canceled")
    assert (holding(user_id), used_of(rule_id)) == ((100, 0), 1)


def test_a_granter_answers_for_every_unit(user_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = give(user_id, treat_rule())
    for wrong in (TakenBack(99, 0), TakenBack(101, -1)):
        monkeypatch.setattr(TreatGranter, "take_back", lambda *_, back=wrong: back)
        with pytest.raises(RuntimeError, match="due back"):
            take()
    db.session.rollback()
    assert state_of(made.id) == ("granted", 0, 0)
