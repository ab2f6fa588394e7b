"""Controls: with its guard off, each limit of coupons and rewards is passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.coupons import claiming
from mall.coupons.models import Coupon
from mall.kernel.db import db, transaction
from mall.rewards import budget
from mall.rewards.models import RewardDay, RewardRule
from tests.support.coupons import make_rule, make_template
from tests.support.races import execute, slow_writes, together, without_row_locks
from tests.support.rewards import reward
from tests.support.users import make_shopper

AT_ONCE = 8


def ends(app: Flask, calls: list[Callable[[], object]]) -> Counter[str]:
    outcomes = together(app, calls)
    return Counter(type(o).__name__ if isinstance(o, Exception) else str(o) for o in outcomes)


def coupons_in_all() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Coupon)) or 0


def test_control_counting_without_the_limit_gives_a_shopper_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded = str(claiming._COUNT_HOLDING)
    condition = guarded[guarded.index("WHERE h.claimed") : guarded.index("RETURNING")]
    monkeypatch.setattr(claiming, "_COUNT_HOLDING", text(guarded.replace(condition, "")))
    template_id = make_template(total_limit=100, per_user_limit=1)
    user_id, _ = make_shopper()
    together(app, [partial(claiming.claim, user_id, template_id)] * AT_ONCE)
    assert coupons_in_all() == AT_ONCE


def test_control_a_code_looked_at_without_its_lock_gives_several(app: Flask) -> None:
    template_id = make_template(way="code")
    execute(
        f"WITH b AS (INSERT INTO coupon_batches (template_id, size) VALUES ({template_id}, 1)"
        " RETURNING id) INSERT INTO coupon_codes (batch_id, code)"
        " SELECT id, 'ABCDEFGH12345678' FROM b"
    )
    shoppers = [make_shopper()[0] for _ in range(AT_ONCE)]
    with without_row_locks("coupon_codes"), slow_writes("coupon_holdings"):
        together(app, [partial(claiming.redeem, user, "ABCDEFGH12345678") for user in shoppers])
    assert coupons_in_all() > 1


def count_without_asking(session: Session, rule_id: int, amount: int) -> None:
    session.execute(
        text("UPDATE reward_rules SET used = used + :n WHERE id = :r"), {"r": rule_id, "n": amount}
    )


def test_control_counting_without_the_budget_passes_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "use", count_without_asking)
    rule_id = make_rule(make_template(way="reward"), budget=3)
    shoppers = [make_shopper()[0] for _ in range(AT_ONCE)]
    execute("ALTER TABLE reward_rules DROP CONSTRAINT ck_reward_rules_budget")
    try:
        found = ends(app, [partial(reward, rule_id, "a", user) for user in shoppers])
        assert found == {"granted": AT_ONCE}
        assert db.session.scalars(select(RewardRule.used)).one() == AT_ONCE
    finally:
        db.session.rollback()
        execute(
            "TRUNCATE reward_rules CASCADE",
            "ALTER TABLE reward_rules ADD CONSTRAINT ck_reward_rules_budget"
            " CHECK (used >= 0 AND used <= budget)",
        )


def count_any_day(session: Session, rule_id: int, user_id: int, day: date) -> None:
    session.execute(
        insert(RewardDay)
        .values(rule_id=rule_id, user_id=user_id, day=day, granted=1)
        .on_conflict_do_update(
            index_elements=[RewardDay.rule_id, RewardDay.user_id, RewardDay.day],
            set_={"granted": RewardDay.granted + 1},
        )
    )


def test_control_counting_without_the_cap_passes_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "count_day", count_any_day)
    rule_id = make_rule(make_template(way="reward"), daily_cap=2)
    user_id, _ = make_shopper()
    calls = [partial(reward, rule_id, f"event-{n}", user_id) for n in range(AT_ONCE)]
    assert ends(app, calls) == {"granted": AT_ONCE}
    with transaction() as session:
        assert session.scalars(select(RewardDay.granted)).one() == AT_ONCE
