"""Rungs as tables: which steps a count reaches, what is missing, where a reward should be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mall.referral.ladders.arithmetic import (
    GIVEN,
    NOTHING,
    PROMISED,
    Counts,
    PlannedRung,
    Rung,
    planned_rungs,
    wanted,
)
from mall.referral.ladders.models import INVITEE, INVITER, PER_INVITEE
from mall.referral.ladders.rules_text import rules_text


def rung(threshold: int, times: int = 1, side: str = INVITER) -> Rung:
    return Rung(0, side, threshold, times, 7, "礼", ())


@pytest.mark.parametrize(
    ("threshold", "times", "counted", "steps", "missing"),
    [
        (1, 1, 0, 0, 1),
        (1, 1, 1, 1, 0),
        (3, 1, 2, 0, 1),
        (3, 1, 10, 1, 0),
        (2, 3, 0, 0, 2),
        (2, 3, 3, 1, 1),
        (2, 3, 5, 2, 1),
        (2, 3, 6, 3, 0),
        (2, 3, 100, 3, 0),
    ],
)
def test_steps_and_what_is_missing(
    threshold: int, times: int, counted: int, steps: int, missing: int
) -> None:
    one = rung(threshold, times)
    assert (one.steps(counted), one.missing(counted)) == (steps, missing)


@pytest.mark.parametrize(
    ("counts", "place"),
    [
        (Counts(0, 0), NOTHING),
        (Counts(2, 2), NOTHING),
        (Counts(3, 0), PROMISED),
        (Counts(3, 2), PROMISED),
        (Counts(3, 3), GIVEN),
        (Counts(9, 4), GIVEN),
    ],
)
def test_a_reward_is_promised_then_given(counts: Counts, place: str) -> None:
    assert wanted(3, counts) == place


def test_a_ladder_gives_each_rung_its_own_reward_once() -> None:
    rungs = [rung(1), rung(3), rung(10)]
    for counted in range(15):
        assert sum(one.steps(counted) for one in rungs) == sum(counted >= n for n in (1, 3, 10))


@pytest.mark.parametrize(("mode", "every"), [("one_to_one", 1), ("one_to_two", 2)])
def test_presets(mode: str, every: int) -> None:
    terms = {"mode": mode, "times": 9, "inviter_rule_id": 1, "invitee_rule_id": 2, "rungs": []}
    assert planned_rungs(terms) == [
        PlannedRung(INVITER, every, 9, 1),
        PlannedRung(INVITEE, 1, 1, 2),
    ]


def test_the_rules_say_every_rung() -> None:
    when = datetime(2026, 11, 1, 16, tzinfo=UTC)
    rungs = [rung(3), rung(2, 5), rung(3, side=PER_INVITEE), rung(1, side=INVITEE)]
    said = rules_text(when, when, rungs)
    assert said[0].startswith("活动时间：2026-11-02 00:00")
    assert said[3:7] == (
        "有效好友累计 3 位，您可获“礼”",
        "每 2 位有效好友，您可获“礼”，最多 5 次",
        "每位好友的第 3 个订单完成后，您可获“礼”",
        "好友本人的第 1 个订单完成后，好友可获“礼”",
    )
