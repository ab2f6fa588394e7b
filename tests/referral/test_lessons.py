"""Lessons: questions without answers, grading on the server, so many attempts a day."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import transaction
from mall.referral.lessons.errors import LessonAnswersInvalid
from mall.referral.lessons.events import LessonPassed
from mall.referral.lessons.grading import correct_count, served
from mall.referral.lessons.models import LessonAttempt
from mall.referral.lessons.settings import ATTEMPTS_PER_DAY
from mall.users import erasing
from mall.users.closing import close_account
from tests.support.heard import heard
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.promoters import (
    PATH,
    RIGHT,
    STAFF,
    WRONG,
    days_pass,
    lesson_terms,
    make_lesson,
    question,
    work,
)
from tests.support.staff import make_staff
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
LESSONS, ADMIN = f"{PATH}/lessons", f"{STAFF}/promoter-lessons"
QUESTIONS = [question(1), question(2, several=True), question(0)]


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("promoter:read", "promoter:setup"))


@pytest.fixture
def mine(http: Http) -> Http:
    return http.as_(make_shopper()[1])


def answer(shopper: Http, lesson_id: int, answers: Any, version: int = 1, **more: Any) -> Any:
    body = {"version": version, "answers": answers}
    return shopper.post(f"{LESSONS}/{lesson_id}/attempts", body, **more)


@pytest.mark.parametrize(
    ("answers", "correct"),
    [
        ([[1], [0, 2], [0]], 3),
        ([[1], [2, 0], [1]], 2),
        ([[1], [2], [0]], 2),
        ([[1], [0, 1, 2], [0]], 2),
        ([[0, 1], [1], [1, 2]], 0),
    ],
)
def test_a_question_is_right_with_exactly_the_right_options(
    answers: list[list[int]], correct: int
) -> None:
    assert correct_count(QUESTIONS, answers) == correct


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [[1], [0, 2]],
        [[1], [0, 2], [0], [0]],
        [[1], [], [0]],
        [[1], [0, 0], [0]],
        [[1], [3], [0]],
        [[-1], [0], [0]],
    ],
)
def test_what_is_no_answer(answers: list[list[int]]) -> None:
    with pytest.raises(LessonAnswersInvalid):
        correct_count(QUESTIONS, answers)


def test_what_is_served_has_no_answers() -> None:
    assert {name for one in served(QUESTIONS) for name in one} == {"text", "options", "several"}


def test_a_shopper_reads_tries_and_passes(app: Flask, http: Http) -> None:
    lesson_id = make_lesson()
    user_id, token = make_shopper()
    mine = http.as_(token)
    shown = mine.get(f"{LESSONS}/{lesson_id}")
    assert b"answers" not in shown.data
    assert [one["several"] for one in shown.get_json()["questions"]] == [False, True]
    failed = answer(mine, lesson_id, WRONG).get_json()
    outcome = {"passed": False, "correct": 1, "asked": 2, "pass_at": 2}
    assert failed == {**outcome, "attempts_left": ATTEMPTS_PER_DAY.get() - 1}
    with heard(LessonPassed) as events:
        passed = answer(mine, lesson_id, RIGHT).get_json()
        again = answer(mine, lesson_id, WRONG).get_json()
        work(app)
    assert passed == again
    assert passed["passed"]
    assert events == [LessonPassed(user_id, lesson_id)]
    (listed,) = mine.get(LESSONS).get_json()["items"]
    assert listed["passed_at"] is not None
    assert listed["attempts_left"] == 0
    check_invariants()


def test_so_many_attempts_a_day(http: Http, mine: Http) -> None:
    lesson_id, limit = make_lesson(), ATTEMPTS_PER_DAY.get()
    for left in range(limit - 1, -1, -1):
        assert answer(mine, lesson_id, WRONG).get_json()["attempts_left"] == left
    refused = answer(mine, lesson_id, RIGHT)
    assert (refused.status_code, error_code(refused)) == (429, "lesson_attempts_used")
    other = make_lesson(name="另一课")
    assert answer(mine, other, WRONG).status_code == 200, "each lesson has its own"
    days_pass(1)
    assert answer(mine, lesson_id, RIGHT).get_json()["passed"]
    check_invariants()


def test_a_repeated_request_uses_one_attempt(mine: Http) -> None:
    lesson_id = make_lesson()
    found = [answer(mine, lesson_id, WRONG, key="the-same-press").get_json() for _ in range(3)]
    assert found == [found[0]] * 3
    (listed,) = mine.get(LESSONS).get_json()["items"]
    assert listed["attempts_left"] == ATTEMPTS_PER_DAY.get() - 1


def test_what_uses_no_attempt(mine: Http, staff: Http) -> None:
    lesson_id = make_lesson()
    for wrong in ([[1]], [[1], [9]], [[1], [0, 0]]):
        assert answer(mine, lesson_id, wrong).status_code == 422
    staff.put(f"{ADMIN}/{lesson_id}", lesson_terms(replaces=1, pass_at=1))
    assert error_code(answer(mine, lesson_id, RIGHT)) == "lesson_changed"
    (listed,) = mine.get(LESSONS).get_json()["items"]
    assert listed["attempts_left"] == ATTEMPTS_PER_DAY.get()
    assert answer(mine, lesson_id, WRONG, version=2).get_json()["passed"], "one is enough now"
    check_invariants()


def test_a_closed_lesson_is_not_there(mine: Http, staff: Http) -> None:
    lesson_id = make_lesson()
    for _ in range(2):
        shown = staff.put(f"{ADMIN}/{lesson_id}/enabled", {"enabled": False}).get_json()
        assert shown["enabled"] is False
    assert mine.get(LESSONS).get_json()["items"] == []
    assert error_code(mine.get(f"{LESSONS}/{lesson_id}")) == "lesson_not_found"
    assert error_code(answer(mine, lesson_id, RIGHT)) == "lesson_not_found"
    assert error_code(answer(mine, 999_999, RIGHT)) == "lesson_not_found"


def test_staff_write_lessons(mine: Http, staff: Http) -> None:
    made = staff.post(ADMIN, lesson_terms()).get_json()
    path = f"{ADMIN}/{made['id']}"
    changed = staff.put(path, lesson_terms(replaces=1, name="推广进阶")).get_json()
    assert (changed["name"], changed["version"]) == ("推广进阶", 2)
    assert error_code(staff.put(path, lesson_terms(replaces=1))) == "lesson_changed"
    assert error_code(staff.put(f"{ADMIN}/999999", lesson_terms(replaces=1))) == "lesson_not_found"
    answer(mine, int(made["id"]), WRONG, version=2)
    answer(mine, int(made["id"]), RIGHT, version=2)
    figures = staff.get(f"{path}/figures").get_json()
    assert figures == {"tried": 1, "passed": 1, "attempts": 2}
    attempts = staff.get(f"{path}/attempts").get_json()["items"]
    assert [one["correct"] for one in attempts] == [2, 1]
    assert [one["name"] for one in staff.get(ADMIN).get_json()["items"]] == ["推广进阶"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"pass_at": 3},
        {"pass_at": 0},
        {"questions": []},
        {"questions": [{**question(), "answers": [3]}], "pass_at": 1},
        {"questions": [{**question(), "answers": []}], "pass_at": 1},
        {"questions": [{**question(), "answers": [1, 1]}], "pass_at": 1},
        {"questions": [{**question(), "options": ["是", "是"]}], "pass_at": 1},
        {"questions": [{**question(), "options": ["是"], "answers": [0]}], "pass_at": 1},
    ],
)
def test_lessons_that_cant_be(staff: Http, wrong: dict[str, Any]) -> None:
    assert staff.post(ADMIN, lesson_terms(**wrong)).status_code == 422


def test_attempts_go_with_the_account(app: Flask, http: Http) -> None:
    lesson_id = make_lesson()
    user_id, token = make_shopper()
    answer(http.as_(token), lesson_id, RIGHT)
    close_account(user_id)
    work(app)
    erasing.erase_at_once(user_id)
    with transaction() as session:
        assert session.scalar(select(LessonAttempt.id).limit(1)) is None
    check_invariants()
