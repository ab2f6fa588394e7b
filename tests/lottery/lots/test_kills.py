"""kill -9 around the commits of a draw and of its prizes, and the same again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.kernel.db import db
from mall.lottery.lots import drawing
from tests.support.dying import Die, dying
from tests.support.lots import (
    lot_prize,
    lots_agree,
    lots_are_due,
    lots_hold,
    open_lots,
    takes_part,
    winners_of,
)
from tests.support.points import figures


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.lottery.lots.dying", environment) as die:
        yield die


def test_drawing_and_giving(app: Flask, die: Die) -> None:
    campaign_id = open_lots(lot_prize(3))
    people = [takes_part(campaign_id)[0] for _ in range(3)]
    lots_are_due(campaign_id)
    die("lots.before_draw_commit", "draw", "due")
    assert winners_of(campaign_id) == []
    die("lots.after_draw_commit", "draw", "due")
    won = winners_of(campaign_id)
    assert len(won) == 3
    drawing.draw_due()
    db.session.remove()
    die("lots.before_prize_commit", "give", "due")
    assert winners_of(campaign_id) == won
    for given in (1, 2):
        die("lots.after_prize_commit", "give", "due")
        assert sum(one[2] for one in winners_of(campaign_id)) == given
    drawing.give_prizes()
    drawing.give_prizes()
    assert [figures(one)[0] for one in people] == [10, 10, 10]
    lots_agree(campaign_id)
    lots_hold()
