"""A shopper presses "claim" on several phones at once, and many shoppers claim the last coupon."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from mall.coupons.models import Coupon
from mall.kernel.db import db
from mall.referral.channels import claiming
from tests.support.channels import make_channel
from tests.support.invariants import check_invariants
from tests.support.races import slow_writes, together, without
from tests.support.users import make_shopper

PRESSES = 6


def pressed(app: Flask) -> tuple[set[str], int]:
    """One shopper presses at once: the coupons or refusals, and how many coupons there are."""
    channel = make_channel(coupon={"per_user_limit": PRESSES})
    user_id = make_shopper()[0]
    with slow_writes("coupons", of="INSERT", seconds=0.05):
        outcomes = together(app, [partial(claiming.claim, user_id, channel.token)] * PRESSES)
    db.session.rollback()
    made = db.session.scalar(select(func.count()).select_from(Coupon)) or 0
    return {
        type(one).__name__ if isinstance(one, Exception) else str(one) for one in outcomes
    }, made


def test_all_presses_get_the_same_coupon(app: Flask) -> None:
    found, made = pressed(app)
    assert (len(found), made) == (1, 1)
    assert found.pop().isdigit()
    check_invariants()


def test_control_presses_that_dont_wait_and_nothing_that_is_unique(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_LOCK", text("SELECT FROM users WHERE id = :user_id"))
    table = "ALTER TABLE channel_claims"
    with without(
        f"{table} DROP CONSTRAINT pk_channel_claims",
        f"{table} ADD CONSTRAINT pk_channel_claims PRIMARY KEY (channel_id, user_id)",
        table="channel_claims",
    ):
        _, made = pressed(app)
    assert made > 1


def test_the_last_coupon_has_one_owner(app: Flask) -> None:
    channel = make_channel(coupon={"total_limit": 1})
    shoppers = [make_shopper()[0] for _ in range(PRESSES)]
    calls = [partial(claiming.claim, one, channel.token) for one in shoppers]
    refused = [one for one in together(app, calls) if isinstance(one, Exception)]
    assert {type(one).__name__ for one in refused} == {"AllClaimed"}
    assert len(refused) == PRESSES - 1
    check_invariants()
