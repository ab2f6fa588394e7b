"""Promoters, lessons and growth rules for tests, made as staff would make them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event, insert, select, text

from mall.compliance.reviewing import review
from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.referral.growth import growing, ruling
from mall.referral.growth.admin_schemas import GrowthRuleInput
from mall.referral.lessons import writing
from mall.referral.lessons.admin_schemas import LessonInput
from mall.referral.materials.describing import describe
from mall.referral.materials.models import PromoterMaterial
from mall.referral.promoters import agreements, deciding, levels
from mall.referral.promoters.models import Promoter, PromoterLevel
from tests.support.invariants import rows_of
from tests.support.races import without_row_locks

PATH = "/api/v1/promoter"
STAFF = "/admin/api/v1"
AGREEMENT = {"title": "推广员协议", "text": "推广员按实际成交的订单获得佣金，加入免费。"}


def publish(**more: Any) -> int:
    """A further version of the agreement: its number."""
    with transaction() as session:
        newest = agreements.newest_agreement(session)
    terms = {"in_force_at": None, "accept_warnings": True, **AGREEMENT, **more}
    return agreements.publish_agreement(replaces=newest.version if newest else 0, **terms)


def open_recruiting() -> tuple[int, int, int]:
    """An agreement in force, and three levels: their ids."""
    publish()
    made = [levels.create_level(name=f"{n} 级", position=n * 10) for n in (1, 2, 3)]
    return made[0], made[1], made[2]


def make_promoter(user_id: int, level_id: int | None = None) -> None:
    """Let a shopper be a promoter, accepted by staff; the shop is made ready when it isn't."""
    with transaction() as session:
        is_ready = session.scalar(select(PromoterLevel.id).limit(1)) is not None
        newest = agreements.newest_agreement(session)
    if not is_ready:
        open_recruiting()
    growing.join(user_id, newest.version if newest else 1, None)
    if promoter_of(user_id).status == "applied":
        deciding.decide(user_id, accept=True, reason=None, level_id=level_id)


def promoter_of(user_id: int) -> Promoter:
    """The promoter's row, read afresh."""
    with transaction() as session:
        session.expire_all()
        return session.scalars(select(Promoter).where(Promoter.user_id == user_id)).one()


def stands(user_id: int) -> tuple[str, int]:
    """Status and level of a promoter."""
    row = promoter_of(user_id)
    return row.status, row.level_id


def question(right: int = 1, *, several: bool = False) -> dict[str, Any]:
    """A question with three options, of which `right` is right, or with it the first as well."""
    answers = sorted({0, right}) if several else [right]
    return {
        "text": "佣金何时结算？",
        "options": ["付款时", "订单完结后", "从不"],
        "answers": answers,
    }


def lesson_terms(**more: Any) -> dict[str, Any]:
    """The JSON of a lesson of two questions, both to be right, unless `more` says."""
    return {
        "name": "推广入门",
        "body": "只有真实成交才有佣金。",
        "questions": [question(1), question(2, several=True)],
        "pass_at": 2,
        **more,
    }


RIGHT, WRONG = [[1], [2, 0]], [[1], [2]]
"""Answers to the quiz of `lesson_terms`."""


def make_lesson(**more: Any) -> int:
    """A lesson that is open: its id."""
    return writing.create_lesson(LessonInput().load(lesson_terms(**more)))


def rule_terms(**more: Any) -> dict[str, Any]:
    """The JSON of a growth rule: a settled order opens the standing, unless `more` says."""
    figures = [{"figure": "settled_orders", "label": "已完成订单", "at_least": 1}]
    if "lesson_ids" in more:
        figures = []
    return {
        "name": "老客成长",
        "opens": "standing",
        "figures": figures,
        "accept_warnings": True,
        **more,
    }


def make_growth_rule(**more: Any) -> int:
    """A growth rule that is enabled: its id."""
    return ruling.create_rule(GrowthRuleInput().load(rule_terms(**more)))


def make_material(name: str = "秋茶上新") -> int:
    """A material that is a text alone, and open: its id."""
    with transaction() as session:
        made: int = session.execute(
            insert(PromoterMaterial)
            .values(name=name, text="头采秋茶，一芽两叶。", enabled=True)
            .returning(PromoterMaterial.id)
        ).scalar_one()
        review(session, describe(made, name, "头采秋茶，一芽两叶。"), 1)
    return made


def work(app: Flask) -> None:
    """Do what waits, with what comes of it."""
    db.session.remove()
    run_pending(app)


def promoters_hold() -> None:
    """What must hold of promoters, lessons and growth."""
    codes = ("I50a", "I50b", "I51a", "I51b", "I52a", "I52b")
    assert {code: rows for code in codes if (rows := rows_of(code))} == {}


def days_pass(days: int) -> None:
    """Applications, decisions and attempts are so many days older."""
    back = f"interval '{days} days'"
    with transaction() as session:
        for statement in (
            f"UPDATE promoters SET applied_at = applied_at - {back},"
            f" decided_at = decided_at - {back}",
            f"UPDATE lesson_attempts SET day = day - {days}",
            f"UPDATE lesson_progress SET day = day - {days}",
        ):
            session.execute(text(statement))


@contextmanager
def unguarded_promoters() -> Iterator[None]:
    """For a control: no row of a promoter is locked, and none is changed on a condition."""

    def careless(
        _connection: object, _cursor: object, statement: str, values: object, *_: object
    ) -> tuple[str, object]:
        if statement.startswith("UPDATE promoters"):
            statement = re.sub(r" AND promoters\.status = %\(\w+\)s(::\w+)?", "", statement)
        return statement, values

    event.listen(db.engine, "before_cursor_execute", careless, retval=True)
    try:
        with without_row_locks("promoters"):
            yield
    finally:
        event.remove(db.engine, "before_cursor_execute", careless)
