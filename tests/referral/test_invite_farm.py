"""Five hundred accounts of a farm get nothing, five hundred real people count; how well the score
tells them apart, and how that falls when the farm is half as careless."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from rich.console import Console
from sqlalchemy import text

from mall.kernel.db import transaction
from tests.support.invite_farm import (
    Invitee,
    bring,
    farm,
    let_all_follow,
    real_crowd,
    refund,
    settle,
)

pytestmark = pytest.mark.usefixtures("app")
MANY, FEWER = 500, 200


def play(many: int, careless: float) -> tuple[Mapping[int, Invitee], Mapping[int, str]]:
    """Both crowds buy, some send things back, the rest is settled: who they are, and the states of
    their invites, by binding."""
    rng = random.Random(7)
    people = real_crowd(many, rng) + farm(many, rng, careless=careless)
    rng.shuffle(people)
    brought = bring(people)
    let_all_follow(list(brought))
    refund([one for one, who in brought.items() if who.refunds])
    settle([one for one, who in brought.items() if not who.refunds])
    with transaction() as session:
        states = session.execute(text("SELECT binding_id, status FROM referral_invites"))
        return brought, {row.binding_id: row.status for row in states}


def judged(
    brought: Mapping[int, Invitee], states: Mapping[int, str]
) -> tuple[float, float, int, int]:
    """Precision and recall of holding back; fakes that count, real ones that don't."""
    bought = [one for one, who in brought.items() if not who.refunds]
    held = {one for one in bought if states[one] != "qualified"}
    fakes = {one for one in bought if not brought[one].real}
    caught = len(held & fakes)
    return (
        caught / max(1, len(held)),
        caught / max(1, len(fakes)),
        len(fakes - held),
        len(held - fakes),
    )


def test_a_farm_gets_nothing_and_real_people_count(capsys: pytest.CaptureFixture[str]) -> None:
    brought, states = play(MANY, careless=1.0)
    precision, recall, passed, wronged = judged(brought, states)
    with capsys.disabled():
        Console().print(f"\nfarm of {MANY}: precision {precision:.3f}, recall {recall:.3f}")
    assert (passed, wronged) == (0, 0)
    assert all(states[one] == "void" for one, who in brought.items() if who.refunds), (
        "what came back whole counts for nobody"
    )


def test_a_more_careful_farm_is_caught_less_and_real_people_still_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    brought, states = play(FEWER, careless=0.5)
    precision, recall, passed, wronged = judged(brought, states)
    with capsys.disabled():
        Console().print(
            f"\nhalf as careless: precision {precision:.3f}, recall {recall:.3f},"
            f" {passed} fakes passed"
        )
    assert wronged == 0
    assert recall > 0.5
