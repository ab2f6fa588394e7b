"""Rewards that race: an unbudgeted rule that nobody waits for, budgets in fen, taking back."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.rewards import budget, confirming, grounds, reversing
from mall.rewards.approving import SendAsked, send_or_ask
from mall.rewards.confirming import confirm_for
from mall.rewards.granters import Part
from mall.rewards.granting import Source, grant
from mall.rewards.reversing import reverse_for
from mall.rewards.settings import APPROVAL_ABOVE_FEN
from tests.features.birthdays.granter import KIND
from tests.support.invariants import check_invariants, rows_of
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.rewards import holding, state_of, treat_rule, treats, used_of
from tests.support.settings import set_setting
from tests.support.users import make_shopper

AT_ONCE = 8
GROUND = "order:1"


@pytest.fixture(autouse=True)
def with_treats(app: Flask) -> Iterator[None]:
    with treats(app):
        yield


def give(
    user_id: int, rule_id: int, count: int = 10, event: str = "e", *, pending: bool = False
) -> int:
    with transaction() as session:
        source = Source(rule_id, event, GROUND)
        return grant(session, user_id, source, (Part(KIND, "", count),), pending=pending).id


def take(share: Fraction) -> int:
    """Units that came back in this call."""
    with transaction() as session:
        back = reverse_for(session, GROUND, cause="refund", share=share)
        return sum(part.taken + part.debt for one in back for part in one.parts)


def settle() -> int:
    with transaction() as session:
        return len(confirm_for(session, GROUND, cause="settled"))


def kinds(outcomes: list[Any]) -> Counter[str]:
    return Counter(type(o).__name__ if isinstance(o, Exception) else "done" for o in outcomes)


# -- nobody waits at a rule without a budget ------------------------------------------------


def grant_beside_an_open_one(app: Flask, rule_id: int) -> None:
    """Grant to one shopper while the grant of another isn't committed; wait for it 300 ms."""
    one, two = make_shopper()[0], make_shopper()[0]
    given, over = threading.Event(), threading.Event()

    def stay_open() -> None:
        with app.app_context(), transaction() as session:
            grant(session, one, Source(rule_id, "check-in"))
            given.set()
            over.wait(10)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(stay_open)
        try:
            assert given.wait(10)
            with transaction() as session:
                session.execute(text("SET LOCAL lock_timeout = '300ms'"))
                grant(session, two, Source(rule_id, "check-in"))
        finally:
            over.set()
        first.result()


def test_two_open_grants_of_a_rule_without_a_budget_do_not_wait(app: Flask) -> None:
    grant_beside_an_open_one(app, treat_rule())
    check_invariants()


def test_control_two_open_grants_of_one_budget_wait(app: Flask) -> None:
    with pytest.raises(OperationalError, match="lock timeout"):
        grant_beside_an_open_one(app, treat_rule(budget=9))


# -- a budget in fen ------------------------------------------------------------------------


def test_a_budget_in_fen_is_exact(app: Flask) -> None:
    rule_id = treat_rule(budget=1_000, budget_unit="fen")  # 200 fen each time
    shoppers = [make_shopper()[0] for _ in range(AT_ONCE)]
    found = kinds(together(app, [partial(give, user, rule_id) for user in shoppers]))
    assert found == {"done": 5, "RewardBudgetSpent": 3}
    assert used_of(rule_id) == 1_000
    check_invariants()


def careless_use(session: Session, rule_id: int, amount: int) -> None:
    """Reads, then writes."""
    values = {"r": rule_id, "n": amount}
    left = text("SELECT budget - used - :n FROM reward_rules WHERE id = :r")
    if session.scalars(left, values).one() < 0:
        raise budget.RewardBudgetSpent
    session.execute(text("SELECT pg_sleep(0.2)"))
    session.execute(text("UPDATE reward_rules SET used = used + :n WHERE id = :r"), values)


def test_control_a_budget_that_is_read_first_is_passed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "use", careless_use)
    drop = "ALTER TABLE reward_rules DROP CONSTRAINT ck_reward_rules_budget"
    restore = (
        "ALTER TABLE reward_rules ADD CONSTRAINT ck_reward_rules_budget"
        " CHECK (used >= 0 AND used <= budget)"
    )
    with without(drop, restore, table="reward_rules"):
        rule_id = treat_rule(budget=1_000, budget_unit="fen")
        shoppers = [make_shopper()[0] for _ in range(AT_ONCE)]
        found = kinds(together(app, [partial(give, user, rule_id) for user in shoppers]))
        assert found["done"] > 5
        assert rows_of("I9a")


def test_one_event_asked_for_by_many_at_once_uses_the_budget_once(app: Flask) -> None:
    rule_id, user_id = treat_rule(budget=1), make_shopper()[0]
    with slow_writes("reward_grants", of="INSERT"):
        ids = together(app, [partial(give, user_id, rule_id)] * AT_ONCE)
    assert len(set(map(str, ids))) == 1, "each is told the first grant, also of a spent budget"
    assert (used_of(rule_id), holding(user_id)) == (1, (10, 0))
    check_invariants()


# -- taking back, and giving what was promised ----------------------------------------------


def take_back_together(app: Flask) -> tuple[int, int]:
    """Takes a half and the whole back, several times at once: units counted, treats left."""
    user_id = make_shopper()[0]
    give(user_id, treat_rule(), 100)
    with slow_writes("reward_parts", of="UPDATE", seconds=0.05):
        back = together(app, [partial(take, Fraction(n % 2 + 1, 2)) for n in range(AT_ONCE)])
    return sum(one for one in back if isinstance(one, int)), sum(holding(user_id))


def test_each_unit_comes_back_once(app: Flask) -> None:
    assert take_back_together(app) == (100, 0)
    check_invariants()


def test_control_without_the_locks_units_come_back_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reversing, "lock_ground", lambda *_: None)
    drop = "ALTER TABLE reward_parts DROP CONSTRAINT ck_reward_parts_taken_back"
    restore = (
        "ALTER TABLE reward_parts ADD CONSTRAINT ck_reward_parts_taken_back"
        " CHECK (taken_back >= 0 AND debt >= 0 AND taken_back + debt <= count)"
    )
    with without(drop, restore, table="reward_parts"), without_row_locks("reward_grants"):
        counted, _ = take_back_together(app)
        assert counted > 100
        assert rows_of("I9d")


def settle_and_take(app: Flask) -> tuple[tuple[int, int], tuple[str, int, int]]:
    """A promise is confirmed and canceled several times at once."""
    user_id = make_shopper()[0]
    grant_id = give(user_id, treat_rule(), pending=True)
    with slow_writes("birthday_treats", seconds=0.05):
        calls = [settle, partial(take, Fraction(1))] * (AT_ONCE // 2)
        together(app, calls)
    return holding(user_id), state_of(grant_id)


def test_a_promise_is_given_once_and_taken_back_once(app: Flask) -> None:
    held, (status, taken, debt) = settle_and_take(app)
    assert held == (0, 0)
    assert status in {"reversed", "canceled"}
    assert (taken, debt) == (10, 0)
    check_invariants()


def settle_together(app: Flask) -> tuple[int, int]:
    """A promise of 10 is confirmed several times at once: what the shopper holds."""
    user_id = make_shopper()[0]
    give(user_id, treat_rule(), pending=True)
    together(app, [settle] * AT_ONCE)
    return holding(user_id)


def test_a_promise_is_given_once(app: Flask) -> None:
    assert settle_together(app) == (10, 0)
    check_invariants()


def careless_move(session: Session, grant_id: int, step: tuple[str, str], _cause: str) -> bool:
    """Reads, then writes, where `history.move` has one conditional UPDATE."""
    status = text("SELECT status FROM reward_grants WHERE id = :g")
    if session.scalars(status, {"g": grant_id}).one() != step[0]:
        return False
    session.execute(text("SELECT pg_sleep(0.2)"))
    session.execute(
        text("UPDATE reward_grants SET status = :s WHERE id = :g"), {"g": grant_id, "s": step[1]}
    )
    return True


def test_control_a_promise_that_is_read_first_is_given_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirming, "lock_ground", lambda *_: None)
    monkeypatch.setattr(confirming.history, "move", careless_move)
    with without_row_locks("reward_grants"):
        assert settle_together(app)[0] > 10


# -- a grant for an order that is refunded meanwhile ----------------------------------------


def promise_for_a_fact(user_id: int, rule_id: int) -> None:
    """What a handler does: lock the ground, read whether it stands, grant."""
    with transaction() as session:
        grounds.lock_ground(session, GROUND)
        gone = session.scalars(text("SELECT blocked_at FROM users WHERE id = :u"), {"u": user_id})
        if gone.one() is None:
            session.execute(text("SELECT pg_sleep(0.1)"))
            grant(session, user_id, Source(rule_id, "e", GROUND))


def end_the_fact(user_id: int) -> None:
    """The fact ends, then its event takes back."""
    with transaction() as session:
        session.execute(text("UPDATE users SET blocked_at = now() WHERE id = :u"), {"u": user_id})
    take(Fraction(1))


def left_over(app: Flask) -> int:
    """Treats that shoppers hold for facts that have ended."""
    left = 0
    for _ in range(3):
        user_id, rule_id = make_shopper()[0], treat_rule()
        calls = [partial(promise_for_a_fact, user_id, rule_id), partial(end_the_fact, user_id)]
        assert kinds(together(app, calls)) == {"done": 2}
        left += holding(user_id)[0]
    return left


def test_no_reward_is_left_of_a_ground_that_is_gone(app: Flask) -> None:
    assert left_over(app) == 0
    check_invariants()


def test_control_without_the_grounds_lock_a_reward_is_left(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (grounds, reversing, confirming):
        monkeypatch.setattr(module, "lock_ground", lambda *_: None)
    assert left_over(app) > 0
    db.session.rollback()


# -- what staff may give by hand without asking ---------------------------------------------


def sent_at_once(app: Flask) -> list[str]:
    """Eight send to one shopper each, where three may without asking."""
    set_setting(APPROVAL_ABOVE_FEN, 600)
    rule_id, shoppers = treat_rule(10), [make_shopper()[0] for _ in range(AT_ONCE)]
    calls = [partial(send_or_ask, rule_id, "e", [user_id]) for user_id in shoppers]
    return [
        "asked" if isinstance(outcome, SendAsked) else "sent" for outcome in together(app, calls)
    ]


def test_the_limit_of_four_eyes_is_exact(app: Flask) -> None:
    assert sorted(sent_at_once(app)) == ["asked"] * 5 + ["sent"] * 3


def test_control_without_its_lock_the_limit_is_passed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mall.rewards.approving.lock_ground", lambda *_: None)
    with slow_writes("reward_grants", of="INSERT"):
        assert sent_at_once(app).count("sent") > 3


# -- everything at once ---------------------------------------------------------------------


def play(rules: list[int], users: list[int], seed: int) -> None:
    """Twenty of all that can happen to rewards, in an order of one's own."""
    choose = random.Random(seed)
    for _ in range(20):
        rule_id, user_id = choose.choice(rules), choose.choice(users)
        ground, event = f"order:{choose.randrange(6)}", f"event-{choose.randrange(6)}"
        what = choose.randrange(5)
        with transaction() as session:
            if what == 0:
                confirm_for(session, ground, cause="settled")
            elif what == 1:
                share = Fraction(choose.randrange(1, 5), 4)
                reverse_for(session, ground, cause="refund", share=share)
            else:
                with suppress(MallError), session.begin_nested():
                    source = Source(rule_id, event, ground)
                    grant(session, user_id, source, pending=choose.random() < 0.5)
        if what == 4:
            few = choose.sample(users, 3)
            send_or_ask(rule_id, event, few)


def test_everything_at_once_adds_up_and_nobody_deadlocks(app: Flask) -> None:
    rules = [
        treat_rule(7),
        treat_rule(7, budget=8, budget_unit="pieces"),
        treat_rule(7, budget=1_400, budget_unit="fen"),
    ]
    users = [make_shopper()[0] for _ in range(5)]
    found = together(app, [partial(play, rules, users, seed) for seed in range(AT_ONCE)])
    assert kinds(found) == {"done": AT_ONCE}, found
    check_invariants()
