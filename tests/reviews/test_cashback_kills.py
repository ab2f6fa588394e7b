"""kill -9 around each step of cash for likes: promised, counted and given once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from tests.reviews.dying_cashback import COMMANDS
from tests.support.cashback import (
    FEN,
    NEEDED,
    cashback_holds,
    friend_of,
    grant_status,
    liked,
    make_campaign,
    pictured,
    release,
    rule,
    show_row,
    shown,
    used_of,
)
from tests.support.dying import Die, dying
from tests.support.payouts import payouts_of

pytestmark = pytest.mark.usefixtures("app")
WHEN = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.reviews.dying_cashback", environment) as die:
        yield die


def again(command: str, wanted: str) -> None:
    """The same once more, as a client or a job does it."""
    COMMANDS[command](wanted)
    db.session.remove()


@WHEN
def test_beginning(app: Flask, die: Die, when: str) -> None:
    rule_id = rule()
    campaign_id = make_campaign(rule_id)
    order, review_id = pictured()
    wanted = f"{order.user_id} {campaign_id} {review_id}"
    die(f"cashback.{when}_begin_commit", "begin", wanted)
    assert used_of(rule_id) == (FEN if when == "after" else 0)
    again("begin", wanted)
    assert used_of(rule_id) == FEN
    cashback_holds()


@WHEN
def test_the_last_like(app: Flask, die: Die, when: str) -> None:
    show = shown()
    liked(show, NEEDED - 1)
    wanted = f"{friend_of(show)} {show.id} {show.token}"
    die(f"cashback.{when}_like_commit", "press", wanted)
    assert show_row(show).status == ("reached" if when == "after" else "collecting")
    again("press", wanted)
    row = show_row(show)
    assert (row.likes, row.status) == (NEEDED, "reached")
    cashback_holds()


@WHEN
def test_giving(app: Flask, die: Die, when: str) -> None:
    show = shown()
    liked(show, NEEDED)
    release(show)
    with transaction() as session:
        session.execute(text("UPDATE cashback_shows SET hold_until = now() - interval '1 day'"))
        session.execute(text("UPDATE orders SET settled_at = now()"))
    die(f"cashback.{when}_settle_commit", "pay", str(show.id))
    assert grant_status(show) == ("granted" if when == "after" else "pending")
    again("pay", str(show.id))
    assert [one.amount_fen for one in payouts_of(show.user_id)] == [FEN]
    assert (show_row(show).status, grant_status(show)) == ("given", "granted")
