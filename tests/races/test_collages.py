"""Collages that race: the same one many times, and many in one day."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from mall.kernel.db import db
from mall.reviews.collages import composing
from mall.reviews.collages.drawing import draw_collage
from mall.reviews.collages.models import Collage
from mall.reviews.collages.settings import COLLAGES_PER_DAY
from tests.support.browsing import make_product
from tests.support.collages import collage_row, make_collage, make_collage_template
from tests.support.invariants import check_invariants
from tests.support.moderated import photo
from tests.support.races import slow_writes, together
from tests.support.settings import set_setting
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


def made() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Collage)) or 0


def test_the_same_twenty_times_is_one_collage(app: Flask) -> None:
    user_id = make_shopper()[0]
    template_id, product, picture = make_collage_template(1), make_product()[0], photo(user_id, 1)
    found = together(app, [partial(make_collage, user_id, template_id, product, picture)] * 20)
    assert len({getattr(one, "id", one) for one in found}) == 1
    assert made() == 1
    check_invariants()


def many_at_once(app: Flask) -> list[Any]:
    """Eight different collages of one shopper, where the shop allows three a day."""
    set_setting(COLLAGES_PER_DAY, 3)
    user_id = make_shopper()[0]
    template_id, product = make_collage_template(1), make_product()[0]
    pictures = [photo(user_id, seed) for seed in range(8)]
    make = partial(make_collage, user_id, template_id, product)
    return together(app, [partial(make, one) for one in pictures])


def test_a_day_has_no_more_than_the_shop_allows(app: Flask) -> None:
    found = many_at_once(app)
    assert made() == 3
    assert sum(getattr(one, "code", "") == "collage_limit" for one in found) == 5


def test_control_without_the_lock_there_are_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "_ONE_AT_A_TIME", text("SELECT CAST(:user_id AS text)"))
    with slow_writes("collages"):
        many_at_once(app)
    assert made() > 3


def test_drawn_by_six_workers_at_once_it_is_checked_once(app: Flask) -> None:
    asked = make_collage(make_shopper()[0], make_collage_template(1), make_product()[0])
    found = together(app, [partial(draw_collage, asked.id)] * 6)
    assert found == [None] * 6
    assert collage_row(asked.id).status == "checking"
    versions = db.session.scalars(
        text("SELECT version FROM moderated_contents WHERE kind = 'collage'")
    ).all()
    assert versions == [1]
