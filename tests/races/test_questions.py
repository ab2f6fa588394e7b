"""Questions that race: votes, answers, rewards, and buyers whom several questions want."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import Insert

from mall.kernel.db import db, transaction
from mall.reviews.questions import asking, buyers, rewarding, voting
from mall.reviews.questions.answering import answer, delete_answer
from mall.reviews.questions.asking import ask
from mall.reviews.questions.events import AnswerChanged, QuestionChanged
from mall.reviews.questions.inviting import ask_buyers
from mall.reviews.questions.models import AnswerVote, ProductAnswer, ProductQuestion
from mall.reviews.questions.rewarding import keep_reward
from mall.reviews.questions.settings import ANSWER_RULE, QUESTIONS_PER_DAY
from mall.reviews.questions.voting import unvote, vote
from mall.rewards.commands import create_rule
from mall.rewards.models import RewardGrant
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.invariants import check_invariants, rows_of
from tests.support.questions import (
    answer_row,
    asked_users,
    decided,
    make_product,
    owner,
    shown_answer,
    shown_question,
)
from tests.support.races import slow_writes, together, without
from tests.support.settings import set_setting
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


def outcomes(found: list[Any]) -> dict[str, int]:
    names = [getattr(one, "code", type(one).__name__) for one in found]
    return {name: names.count(name) for name in sorted(set(names))}


def an_answer() -> tuple[int, int]:
    """An answer that is shown, and its writer."""
    spu_id, sku_id = make_product()
    buyer = owner(sku_id)
    return shown_answer(shown_question(spu_id), buyer), buyer.user_id


# -- votes ----------------------------------------------------------------------------------


def vote_at_once(app: Flask) -> int:
    """Three shoppers vote three times each: what is counted."""
    answer_id, _ = an_answer()
    voters = [make_shopper()[0] for _ in range(3)]
    together(app, [partial(vote, one, answer_id) for one in voters for _ in range(3)])
    return answer_row(answer_id).helpful


def test_a_shopper_votes_once(app: Flask) -> None:
    assert vote_at_once(app) == 3
    check_invariants()


def test_control_votes_that_are_counted_whether_new_or_not(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_anyhow(session: Any, answer_id: int, _change: int) -> int:
        return count(session, answer_id, 1)

    count = voting._count
    monkeypatch.setattr(voting, "_count", count_anyhow)
    assert vote_at_once(app) == 9
    assert rows_of("I74c")


def test_votes_come_and_go(app: Flask) -> None:
    answer_id, _ = an_answer()
    voters = [make_shopper()[0] for _ in range(4)]
    calls = [partial(call, one, answer_id) for one in voters for call in (vote, unvote)]
    together(app, calls)
    db.session.rollback()
    votes = db.session.scalar(select(func.count()).select_from(AnswerVote))
    assert answer_row(answer_id).helpful == votes
    check_invariants()


# -- answers --------------------------------------------------------------------------------


def answer_at_once(app: Flask) -> list[Any]:
    spu_id, sku_id = make_product()
    question_id, buyer = shown_question(spu_id), owner(sku_id)
    calls = [partial(answer, buyer.user_id, question_id, f"第 {n} 次回答") for n in range(8)]
    return together(app, calls)


def test_a_shopper_answers_once(app: Flask) -> None:
    assert outcomes(answer_at_once(app)) == {"answer_exists": 7, "int": 1}
    check_invariants()


def test_control_without_the_unique_row_they_answer_often(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "uq_product_answers_question_user"
    monkeypatch.setattr(Insert, "on_conflict_do_nothing", lambda self, **_: self)
    with without(
        f"ALTER TABLE product_answers DROP CONSTRAINT {name}",
        f"ALTER TABLE product_answers ADD CONSTRAINT {name} UNIQUE (question_id, user_id)",
        table="product_answers",
    ):
        answer_at_once(app)
        found = db.session.scalar(select(func.count()).select_from(ProductAnswer))
        assert (found or 0) > 1


def test_approving_against_deleting(app: Flask) -> None:
    spu_id, sku_id = make_product()
    question_id = shown_question(spu_id)
    waiting = []
    for _ in range(4):
        buyer = owner(sku_id)
        waiting.append((answer(buyer.user_id, question_id, "没有缩水"), buyer.user_id))
    calls: list[Any] = []
    for answer_id, user_id in waiting:
        calls.append(partial(delete_answer, user_id, answer_id))
        calls.append(partial(decided, "answer", answer_id))
    together(app, calls)
    assert {answer_row(one).status for one, _ in waiting} == {"deleted"}
    check_invariants()


# -- the day's questions --------------------------------------------------------------------


def ask_at_once(app: Flask) -> int:
    set_setting(QUESTIONS_PER_DAY, 3)
    spu_id, _ = make_product()
    user_id, _ = make_shopper()
    together(app, [partial(ask, user_id, spu_id, f"第 {n} 个问题？") for n in range(8)])
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(ProductQuestion)) or 0


def test_the_day_has_so_many_questions(app: Flask) -> None:
    assert ask_at_once(app) == 3


def test_control_without_the_lock_there_are_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_ONE_AT_A_TIME", text("SELECT :user_id"))
    with slow_writes("product_questions"):
        assert ask_at_once(app) > 3


# -- who is asked ---------------------------------------------------------------------------


def invite_at_once(app: Flask) -> list[set[int]]:
    """Four questions on one product ask its buyers at once."""
    spu_id, sku_id = make_product()
    for _ in range(5):
        owner(sku_id)
    questions = [shown_question(spu_id, words=f"第 {n} 个问题？") for n in range(4)]

    def invite(question_id: int) -> None:
        with transaction() as session:
            ask_buyers(session, QuestionChanged(question_id))

    found = together(app, [partial(invite, one) for one in questions])
    assert not [one for one in found if isinstance(one, Exception)]
    return [asked_users(one) for one in questions]


def test_no_buyer_is_asked_twice_by_questions_at_once(app: Flask) -> None:
    asked = invite_at_once(app)
    assert sum(map(len, asked)) == len(set().union(*asked)) == 5


def test_control_without_the_condition_they_are(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    condition = "WHERE a.asked_at <= clock_timestamp() - make_interval(days => :again_days)"
    careless = buyers._TAKE.text.replace(condition, "WHERE :again_days > 0")
    assert careless != buyers._TAKE.text
    monkeypatch.setattr(buyers, "_TAKE", text(careless))
    with slow_writes("asked_shoppers", of="INSERT OR UPDATE", seconds=0.1):
        asked = invite_at_once(app)
    assert sum(map(len, asked)) > len(set().union(*asked))


# -- rewards --------------------------------------------------------------------------------


def reward_at_once(app: Flask) -> int:
    """The event of an answer comes to six workers at once: the grants that stand."""
    body = {"name": "回答有礼", "reward": [{"kind": "points", "count": 20}]}
    set_setting(ANSWER_RULE, create_rule(**RewardRuleInSchema().load(body)).id)
    answer_id, _ = an_answer()

    def handle() -> None:
        with transaction() as session:
            keep_reward(session, AnswerChanged(answer_id))

    found = together(app, [handle] * 6)
    assert not [one for one in found if isinstance(one, Exception)]
    db.session.rollback()
    standing = select(func.count()).where(RewardGrant.status == "granted")
    return db.session.scalar(standing) or 0


def test_an_answer_is_rewarded_once_however_many_workers(app: Flask) -> None:
    assert reward_at_once(app) == 1
    check_invariants()


def test_control_an_event_of_its_own_each_time_is_rewarded_often(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ground's lock and the grant's unique event both stand against it: both are off."""
    numbers = iter(range(100))
    monkeypatch.setattr(rewarding, "lock_ground", lambda *_: None)
    monkeypatch.setattr(rewarding, "event_of", lambda answer_id, _: f"x:{next(numbers)}")
    with slow_writes("reward_grants"):
        assert reward_at_once(app) > 1
