"""Chances: given once a source, taken back while unused, never for sharing."""

from __future__ import annotations

import pytest
from flask import Flask

from mall.compliance.campaigns import FOLLOWED, SHARE_OPENED, SHARED
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.campaigns.running import end
from mall.lottery.chances.ledger import give_chances
from mall.lottery.draws import queries
from mall.missions.checkin.checking_in import check_in
from mall.rewards.commands import create_rule, take_back
from mall.rewards.granting import Source, grant
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.board import mission, work
from tests.support.invariants import check_invariants
from tests.support.lottery import (
    chance_rule,
    draw_once,
    lottery_draft,
    points_rule,
    prize,
    published,
    running_lottery,
    thanks,
)
from tests.support.missions import plan
from tests.support.rewards import state_of
from tests.support.users import make_shopper


def held(user_id: int, lottery_id: int) -> int:
    with transaction() as session:
        return int(queries.standing(session, lottery_id, user_id)["given"])


def reward(user_id: int, rule_id: int, event: str) -> int:
    with transaction() as session:
        return grant(session, user_id, Source(rule_id, event)).id


def test_a_source_gives_once(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = published()
    made = []
    for source in ("order:1", "order:1", "order:2"):
        with transaction() as session:
            made.append(give_chances(session, user_id, lottery_id, 2, source, ground="ordered"))
    assert made == [True, False, True]
    assert held(user_id, lottery_id) == 4
    check_invariants()


@pytest.mark.parametrize("ground", [SHARED, SHARE_OPENED, FOLLOWED])
def test_sharing_and_following_bring_no_chance(app: Flask, ground: str) -> None:
    user_id, _ = make_shopper()
    lottery_id = published()
    with pytest.raises(ValueError, match="no chance for"), transaction() as session:
        give_chances(session, user_id, lottery_id, 1, "share:1", ground=ground)
    assert held(user_id, lottery_id) == 0


def test_a_reward_is_taken_back_while_unused(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery()
    rule_id = chance_rule(lottery_id, 3)
    first = reward(user_id, rule_id, "a")
    assert reward(user_id, rule_id, "a") == first
    draw_once(user_id, lottery_id)
    take_back(first)
    take_back(first)
    assert held(user_id, lottery_id) == 0
    assert state_of(first) == ("reversed", 2, 1), "one was used, and is owed"
    check_invariants()


def test_a_mission_gives_chances(app: Flask) -> None:
    user_id, _ = make_shopper()
    lottery_id = running_lottery()
    mission(
        trigger="check_in", measure="days", at_once=True, rule_ids=[str(chance_rule(lottery_id))]
    )
    plan(7)
    check_in(user_id)
    work(app)
    assert held(user_id, lottery_id) == 1
    draw_once(user_id, lottery_id)
    check_invariants()


@pytest.mark.parametrize("what", ["", "x", "987654321", "9" * 30])
def test_chances_of_no_lottery_are_no_reward(app: Flask, what: str) -> None:
    part = {"kind": "lottery_chance", "what": what}
    with pytest.raises(MallError) as refused:
        create_rule(**RewardRuleInSchema().load({"name": "抽奖机会", "reward": [part]}))
    assert refused.value.code == "reward_unknown"


def test_a_draft_may_be_named_and_what_is_over_may_not(app: Flask) -> None:
    user_id, _ = make_shopper()
    rule_id = chance_rule(lottery_draft())
    assert rule_id
    lottery_id = published()
    rule_id = chance_rule(lottery_id)
    end(lottery_id, "取消")
    with pytest.raises(MallError) as refused:
        reward(user_id, rule_id, "a")
    assert refused.value.code == "lottery_over"
    with pytest.raises(MallError) as unknown:
        chance_rule(lottery_id)
    assert unknown.value.code == "reward_unknown"


def test_a_chance_is_no_prize(app: Flask) -> None:
    rule_id = chance_rule(published())
    with pytest.raises(MallError) as refused:
        lottery_draft(prize(rule_id, weight=1), thanks())
    assert refused.value.code == "lottery_prize_is_chance"
    bounded = points_rule(budget=5)
    with pytest.raises(MallError) as refused:
        lottery_draft(prize(bounded, weight=1), thanks())
    assert refused.value.code == "lottery_rule_bounded"
