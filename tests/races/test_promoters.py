"""Promoters that race: one application many times, two who decide at once, guesses at a quiz."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.referral.growth.growing import join
from mall.referral.lessons import quizzing
from mall.referral.lessons.models import LessonAttempt
from mall.referral.lessons.quizzing import Outcome, attempt
from mall.referral.lessons.settings import ATTEMPTS_PER_DAY
from mall.referral.materials import downloading
from mall.referral.materials.downloading import download
from mall.referral.promoters import deciding
from mall.referral.promoters.models import PromoterChange
from mall.users import erasing
from mall.users.closing import close_account
from tests.support.invariants import rows_of
from tests.support.promoters import (
    WRONG,
    make_lesson,
    make_material,
    make_promoter,
    open_recruiting,
    promoters_hold,
    stands,
    unguarded_promoters,
)
from tests.support.races import Rendezvous, slow_writes, together, without
from tests.support.users import make_shopper

TIMES = 20
KEY = "pk_promoters"


def names(found: list[Exception | None]) -> list[str]:
    return sorted(type(one).__name__ for one in found)


def changes(cause: str) -> int:
    with transaction() as session:
        counted = select(func.count()).where(PromoterChange.cause == cause)
        return session.scalar(counted) or 0


def rows() -> int:
    with transaction() as session:
        return session.scalar(text("SELECT count(*) FROM promoters")) or 0


# -- one application, many times --------------------------------------------------------------


def apply_many_times(app: Flask) -> list[Exception | None]:
    open_recruiting()
    user_id, _ = make_shopper()
    with slow_writes("promoters", of="INSERT", seconds=0.1):
        return together(app, [partial(join, user_id, 1, "我要推广")] * TIMES)


def test_an_application_sent_twenty_times_is_one(app: Flask) -> None:
    assert names(apply_many_times(app)) == ["NoneType"] * TIMES
    assert (rows(), changes("application")) == (1, 1)
    promoters_hold()


def test_control_without_the_key_it_is_many(app: Flask) -> None:
    drop = f"ALTER TABLE promoters DROP CONSTRAINT {KEY}"
    restore = f"ALTER TABLE promoters ADD CONSTRAINT {KEY} PRIMARY KEY (user_id)"
    with without(drop, restore, table="promoters, promoter_changes"):
        apply_many_times(app)
        assert rows() > 1
        assert changes("application") > 1


# -- two staff decide at once -----------------------------------------------------------------


def decide_at_once(app: Flask) -> list[Exception | None]:
    """One accepts, one refuses the same application."""
    open_recruiting()
    user_id, _ = make_shopper()
    join(user_id, 1, None)
    calls: list[Callable[[], None]] = [
        partial(deciding.decide, user_id, accept=accept, reason="看过资料", level_id=None)
        for accept in (True, False)
    ]
    with slow_writes("promoters", of="UPDATE"):
        found = together(app, calls)
    accepted = found[0] is None
    if names(found) == ["NoneType", "PromoterChanged"]:
        assert stands(user_id)[0] == ("active" if accepted else "refused")
    return found


def test_of_two_decisions_the_second_is_refused(app: Flask) -> None:
    assert names(decide_at_once(app)) == ["NoneType", "PromoterChanged"]
    assert changes("staff") == 1
    promoters_hold()


def test_control_without_the_guards_both_are_taken(app: Flask) -> None:
    with unguarded_promoters():
        assert names(decide_at_once(app)) == ["NoneType"] * 2
        assert changes("staff") == 2


# -- guesses at a quiz ------------------------------------------------------------------------


def guess_many_times(app: Flask) -> list[Outcome | Exception]:
    lesson_id, (user_id, _) = make_lesson(), make_shopper()
    call = partial(attempt, user_id, lesson_id, version=1, answers=WRONG)
    with slow_writes("lesson_attempts", of="INSERT", seconds=0.05):
        return together(app, [call] * TIMES)


def graded() -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(LessonAttempt)) or 0


def test_guesses_at_once_are_no_more_than_allowed(app: Flask) -> None:
    found, limit = guess_many_times(app), ATTEMPTS_PER_DAY.get()
    refused = [type(one).__name__ for one in found if isinstance(one, Exception)]
    assert refused == ["LessonAttemptsUsed"] * (TIMES - limit)
    assert graded() == limit
    promoters_hold()


def test_control_without_the_condition_all_are_graded(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = str(quizzing._COUNT).replace("p.attempts < :limit", ":limit > 0")
    monkeypatch.setattr(quizzing, "_COUNT", text(careless))
    assert not [one for one in guess_many_times(app) if isinstance(one, Exception)]
    assert graded() == TIMES


# -- downloads at once ------------------------------------------------------------------------


def download_many_times(app: Flask) -> tuple[int, int]:
    """One promoter takes a material many times at once: how often that is counted, for the
    material and for the promoter."""
    user_id, _ = make_shopper()
    make_promoter(user_id)
    call = partial(download, user_id, make_material())
    with slow_writes("promoter_material_downloads", seconds=0.02):
        together(app, [call] * TIMES)
    with transaction() as session:
        row = session.execute(
            text(
                "SELECT m.downloads AS of_all, d.downloads AS own FROM promoter_materials m"
                " JOIN promoter_material_downloads d ON d.material_id = m.id"
            )
        ).one()
    return row.of_all, row.own


def test_each_download_counts(app: Flask) -> None:
    assert download_many_times(app) == (TIMES, TIMES)
    assert not rows_of("I65b")


def test_control_what_is_read_and_written_back_is_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet = Rendezvous(TIMES)

    def count(session: Session, user_id: int, material_id: int) -> None:
        given = {"user_id": user_id, "material_id": material_id}
        row = "FROM promoter_material_downloads WHERE user_id = :user_id"
        before = session.scalar(text(f"SELECT downloads {row}"), given) or 0
        meet()
        write = (
            "INSERT INTO promoter_material_downloads (material_id, user_id, downloads)"
            " VALUES (:material_id, :user_id, :now) ON CONFLICT (material_id, user_id)"
            " DO UPDATE SET downloads = excluded.downloads"
        )
        session.execute(text(write), {**given, "now": before + 1})

    monkeypatch.setattr(downloading, "_count", count)
    assert download_many_times(app)[1] < TIMES


# -- an application while the account closes --------------------------------------------------


def test_who_closes_the_account_is_no_promoter(app: Flask) -> None:
    open_recruiting()
    user_id, _ = make_shopper()
    with slow_writes("promoters", of="INSERT", seconds=0.1):
        together(app, [partial(join, user_id, 1, None), partial(close_account, user_id)])
    erasing.erase_at_once(user_id)
    with transaction() as session:
        left = session.scalars(text("SELECT status FROM promoters")).all()
    assert left in ([], ["ended"])
    promoters_hold()
