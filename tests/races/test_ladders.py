"""Ladders that race: two invitees make one rung, an invite goes while its rung is being given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import transaction
from mall.points.statements.queries import balance
from mall.referral.invites.events import InviteChanged
from mall.referral.invites.states import QUALIFIED, VOID
from mall.referral.ladders import settling
from mall.referral.ladders.following import follow_invite
from mall.referral.ladders.models import LadderGrant
from mall.referral.ladders.settling import settle_step
from mall.rewards import confirming, granting, reversing
from tests.support.bringing import POINTS, points_rule
from tests.support.invariants import rows_of
from tests.support.ladder_invites import change, invited
from tests.support.ladders import ladder, rung
from tests.support.orders import Buyer, make_buyer
from tests.support.races import slow_writes, together, without

STEP = "uq_ladder_grants_step"
GRANT = "uq_reward_grants_rule_event_user"


def steps() -> list[int]:
    with transaction() as session:
        return list(session.scalars(select(LadderGrant.id).order_by(LadderGrant.id)))


def points_of(buyer: Buyer) -> int:
    with transaction() as session:
        return balance(session, buyer.user_id).available


def hear(event: InviteChanged) -> None:
    """A worker delivers one event to the ladders."""
    with transaction() as session:
        follow_invite(session, event)


def two_make_one_rung(app: Flask) -> Buyer:
    """The second and the third invitee are qualified at the same moment: who invited them."""
    ladder(rung("inviter", 2, points_rule()))
    me = make_buyer()
    events = [change(invited(me), status=QUALIFIED, orders_settled=1) for _ in range(3)]
    with slow_writes("ladder_grants", of="INSERT", seconds=0.3):
        heard = together(app, [partial(hear, event) for event in events[1:]])
    assert heard == [None, None]
    with slow_writes("reward_grants", of="INSERT"):
        settled = together(app, [partial(settle_step, step) for step in steps() * 2])
    assert not any(settled), settled
    return me


def test_two_invitees_at_one_moment_make_a_rung_once(app: Flask) -> None:
    me = two_make_one_rung(app)
    assert len(steps()) == 1
    assert points_of(me) == POINTS
    assert not rows_of("I9f")
    assert not rows_of("I9a")


@contextmanager
def control_guards_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither a step nor a reward is unique."""
    # A copy: connections of this process may have prepared the statement itself already.
    careless = copy(granting._MAKE)
    careless.sql = careless.sql.replace(f"ON CONFLICT ON CONSTRAINT {GRANT} DO NOTHING", "")
    monkeypatch.setattr(granting, "_MAKE", careless)
    guards = {
        "ladder_grants": (
            STEP,
            "UNIQUE NULLS NOT DISTINCT (campaign_id, position, user_id, invite_id, step)",
        ),
        "reward_grants": (GRANT, "UNIQUE (rule_id, event, user_id)"),
    }
    with ExitStack() as stack:
        for table, (name, rule) in guards.items():
            drop = f"ALTER TABLE {table} DROP CONSTRAINT {name}"
            restore = f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}"
            stack.enter_context(without(drop, restore, table=table))
        yield


def test_control_without_the_constraints_it_is_made_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with control_guards_off(monkeypatch):
        me = two_make_one_rung(app)
        assert len(steps()) == 2
        assert points_of(me) > POINTS
        assert rows_of("I9f")


def void_while_it_is_given(app: Flask) -> str:
    """The invite's order comes back while its rung's reward is written: the reward's state."""
    ladder()
    me = make_buyer()
    invite_id = invited(me)
    hear(change(invite_id, status=QUALIFIED, orders_settled=1))
    (step,) = steps()

    def goes_back() -> None:
        time.sleep(0.3)  # the other has read the invites, and is writing
        change(invite_id, status=VOID, orders_settled=0)
        settle_step(step)  # as the event lets it be done

    calls: list[Callable[[], None]] = [partial(settle_step, step), goes_back]
    with slow_writes("reward_grants", of="INSERT", seconds=1):
        done = together(app, calls)
    assert not any(done), done
    with transaction() as session:
        return str(session.scalars(text("SELECT status FROM reward_grants")).one())


def test_a_rung_isnt_given_for_an_invite_that_goes_meanwhile(app: Flask) -> None:
    assert void_while_it_is_given(app) == "reversed"


def test_control_without_the_ground_it_stays_given(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (settling, confirming, reversing):
        monkeypatch.setattr(module, "lock_ground", lambda *_: None)
    assert void_while_it_is_given(app) == "granted"
