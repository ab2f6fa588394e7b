"""Leaders' rewards that race: one event twice, two leaders for one customer, a refund meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from mall.groupbuy.bringing import rewarding
from mall.groupbuy.teams.events import TeamMemberPaid
from mall.groupbuy.teams.models import GroupMember
from mall.kernel.db import transaction
from mall.rewards import granting, reversing
from mall.rewards.models import RewardGrant
from tests.support.bringing import hear, paid_event, points_rule, promised, refunded
from tests.support.groupbuy import joined, make_activity, opened
from tests.support.invariants import rows_of
from tests.support.orders import make_buyer
from tests.support.races import slow_writes, together, without

AT_ONCE = 6
SIZES = {2: 9_000, 9: 8_000}


def new_in_two_teams() -> list[TeamMemberPaid]:
    """A new customer paid for seats in two teams at the same moment."""
    member, rule_id = make_buyer(), points_rule()
    teams = [opened(make_activity(SIZES, leader_rule_id=rule_id)) for _ in range(2)]
    orders = [joined(team_id, member) for team_id in teams]
    with transaction() as session:  # as each of two payments at the same moment found it
        session.execute(update(GroupMember).values(is_new=True))
    return [paid_event(*pair) for pair in zip(teams, orders, strict=True)]


def promises() -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(RewardGrant)) or 0


@contextmanager
def brought_often() -> Iterator[None]:
    """For a control: a customer may be brought by many."""
    drop = "ALTER TABLE groupbuy_brought DROP CONSTRAINT uq_groupbuy_brought_user_id"
    restore = (
        "ALTER TABLE groupbuy_brought ADD CONSTRAINT uq_groupbuy_brought_user_id UNIQUE (user_id)"
    )
    with without(drop, restore, table="groupbuy_brought"):
        yield


def hear_all(app: Flask, events: list[TeamMemberPaid]) -> int:
    """The events are delivered at once; how many rewards were promised."""
    with slow_writes("groupbuy_brought", of="INSERT"):
        together(app, [partial(hear, event) for event in events])
    return promises()


def test_two_leaders_are_not_rewarded_for_one_customer(app: Flask) -> None:
    assert hear_all(app, new_in_two_teams()) == 1
    assert not rows_of("I7r")


def test_control_without_the_constraint_both_are(app: Flask) -> None:
    with brought_often():
        assert hear_all(app, new_in_two_teams()) == 2


def test_one_event_by_many_workers_is_one_promise(app: Flask) -> None:
    event = new_in_two_teams()[0]
    assert hear_all(app, [event] * AT_ONCE) == 1
    assert not rows_of("I7r")
    assert not rows_of("I9a")


def test_control_without_its_guards_one_event_is_several_promises(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a ground to wait at, nor a row a customer, nor a unique grant."""
    monkeypatch.setattr(rewarding, "lock_ground", lambda *_: None)
    # A copy: connections of this process may have prepared the statement itself already.
    careless = copy(granting._MAKE)
    careless.sql = careless.sql.replace(
        "ON CONFLICT ON CONSTRAINT uq_reward_grants_rule_event_user DO NOTHING", ""
    )
    monkeypatch.setattr(granting, "_MAKE", careless)
    event = new_in_two_teams()[0]
    grants = "ALTER TABLE reward_grants {} CONSTRAINT uq_reward_grants_rule_event_user"
    restore = grants.format("ADD") + " UNIQUE (rule_id, event, user_id)"
    key = "ALTER TABLE groupbuy_brought {} CONSTRAINT pk_groupbuy_brought"
    with (
        without(grants.format("DROP"), restore, table="reward_grants"),
        brought_often(),
        without(
            key.format("DROP"),
            key.format("ADD") + " PRIMARY KEY (order_id)",
            table="groupbuy_brought",
        ),
    ):
        assert hear_all(app, [event] * AT_ONCE) > 1


def promise_while_it_goes_back(app: Flask) -> tuple[int, str, int] | None:
    """A refund in full is heard of while the promise is being written."""
    team_id = opened(make_activity(SIZES, leader_rule_id=points_rule()))
    order_no = joined(team_id)
    paid = paid_event(team_id, order_no)

    def go_back() -> None:
        hear(refunded(order_no, 1))

    with slow_writes("groupbuy_brought", of="INSERT", seconds=0.6):
        together(app, [partial(hear, paid), go_back])
    return promised(order_no)


@pytest.fixture
def no_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the refund came after a promise's last look at the order: the lock alone is left."""
    monkeypatch.setattr(rewarding, "keep", lambda *_, **__: None)


@pytest.mark.usefixtures("no_last_look")
def test_nothing_stays_promised_for_an_order_that_goes_back_meanwhile(app: Flask) -> None:
    found = promise_while_it_goes_back(app)
    assert found is None or found[1:] == ("canceled", 0)


@pytest.mark.usefixtures("no_last_look")
def test_control_without_the_ground_it_stays_promised(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (rewarding, reversing):
        monkeypatch.setattr(module, "lock_ground", lambda *_: None)
    found = promise_while_it_goes_back(app)
    assert found is not None
    assert found[1] == "pending"
