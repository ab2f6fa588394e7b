"""Invites that change at random, against a plain model: what is given is what the counts say."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.points.statements.queries import balance
from mall.referral.invites.states import ORDERED, QUALIFIED, VOID, WAITING
from tests.support.bringing import POINTS, points_rule
from tests.support.invariants import rows_of
from tests.support.ladder_invites import change, invited
from tests.support.ladders import ladder, rung
from tests.support.orders import Buyer, make_buyer

STATES = (ORDERED, WAITING, QUALIFIED, VOID)
ROUNDS, AT_ONCE = 12, 3
State = tuple[str, int]


def open_rewards() -> Counter[tuple[int, str]]:
    """How many rewards each shopper has that are promised, or given."""
    with transaction() as session:
        rows = session.execute(
            text("SELECT user_id, status FROM reward_grants WHERE status IN ('pending', 'granted')")
        ).all()
    return Counter((row.user_id, row.status) for row in rows)


def expected(inviter: Buyer, states: dict[Buyer, State]) -> Counter[tuple[int, str]]:
    """By hand: two invitees once; each one, up to four; orders."""
    found: Counter[tuple[int, str]] = Counter()
    standing = [one for one in states.values() if one[0] != VOID]
    firm = [one for one in standing if one[0] == QUALIFIED]
    for needed in (2, 1, 2, 3, 4):
        if len(firm) >= needed:
            found[inviter.user_id, "granted"] += 1
        elif len(standing) >= needed:
            found[inviter.user_id, "pending"] += 1
    for invitee, (status, orders) in states.items():
        for user_id, needed in ((invitee.user_id, 1), (inviter.user_id, 2)):
            if status == QUALIFIED and orders >= needed:
                found[user_id, "granted"] += 1
            elif status != VOID and max(orders, 1) >= needed:
                found[user_id, "pending"] += 1
    return found


@pytest.mark.parametrize("seed", range(4))
def test_rewards_are_what_the_model_says(app: Flask, work: Callable[[], None], seed: int) -> None:
    chance = random.Random(seed)
    ladder(
        rung("inviter", 2, points_rule()),
        rung("inviter", 1, points_rule(), times=4),
        rung("invitee", 1, points_rule()),
        rung("per_invitee", 2, points_rule()),
    )
    me, friends = make_buyer(), [make_buyer() for _ in range(5)]
    invites = {friend: invited(me, invitee=friend) for friend in friends}
    states: dict[Buyer, State] = dict.fromkeys(friends, (ORDERED, 0))
    for invite_id in invites.values():
        change(invite_id)
    for _ in range(ROUNDS):
        for friend in chance.sample(friends, AT_ONCE):
            status = chance.choice(STATES)
            orders = chance.randint(int(status == QUALIFIED), 3) if status != ORDERED else 0
            states[friend] = (status, orders)
            change(invites[friend], status=status, orders_settled=orders)
        work()
        got = open_rewards()
        assert got == expected(me, states)
        with transaction() as session:
            assert balance(session, me.user_id).available == POINTS * got[me.user_id, "granted"]
    for code in ("I9a", "I9b", "I9d", "I9e", "I9f", "I9h"):
        assert not rows_of(code)
