"""Questions: asked, shown once approved, answered by who has the product, rewarded once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from mall.catalog.models import Spu
from mall.kernel.db import db, transaction
from mall.messages.models import Message
from mall.messages.preferences import set_marketing
from mall.reviews.questions import answering, asking, queries, shop_answering, voting
from mall.reviews.questions.buyers import bought
from mall.reviews.questions.errors import (
    AnswerExists,
    AnswerFixed,
    AnswerNotFound,
    NotBought,
    OwnAnswer,
    OwnQuestion,
    ProductNotAsked,
    QuestionLimit,
    QuestionNotFound,
)
from mall.reviews.questions.settings import (
    ASK_BUYERS,
    ASK_WITHIN_DAYS,
    QUESTIONS_PER_DAY,
)
from mall.staff.models import StaffMember
from mall.users import erasing
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer
from tests.support.questions import (
    answer_row,
    asked_users,
    decided,
    make_product,
    owner,
    question,
    shown_answer,
    shown_question,
)
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.trials import make_trial, received, trial
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def staff_id() -> int:
    make_staff(username="chief")
    return db.session.scalars(select(StaffMember.id).where(StaffMember.username == "chief")).one()


def messages_of(user_id: int) -> list[str]:
    db.session.rollback()
    found = select(Message.kind).where(Message.user_id == user_id).order_by(Message.id)
    return list(db.session.scalars(found))


def listed(spu_id: int, sort: str = "hot") -> list[dict[str, Any]]:
    with transaction() as session:
        return queries.questions(session, spu_id, sort, None, 20)


# -- asking ---------------------------------------------------------------------------------


def test_a_question_is_shown_once_it_is_approved() -> None:
    spu_id, _ = make_product()
    user_id, _ = make_shopper(nickname="小明")
    question_id = asking.ask(user_id, spu_id, "会缩水吗？")
    assert (listed(spu_id), question(question_id).status) == ([], "pending")
    with transaction() as session:
        (mine,) = queries.my_questions(session, user_id, None, 10)
        assert (mine.text, mine.status) == ("会缩水吗？", "pending")
    decided("question", question_id)
    (shown,) = listed(spu_id)
    assert (shown["text"], shown["asker"], shown["answers"]) == ("会缩水吗？", "小**", 0)
    with transaction() as session:
        assert queries.count(session, spu_id) == 1
    decided("question", question_id, "hidden", "泄露个人信息")
    assert listed(spu_id) == []
    row = question(question_id)
    assert (row.status, row.reason) == ("hidden", "泄露个人信息")
    decided("question", question_id)
    assert len(listed(spu_id)) == 1
    asking.delete_question(user_id, question_id)
    asking.delete_question(user_id, question_id)
    assert (listed(spu_id), question(question_id).text) == ([], "")
    check_invariants()


def test_only_a_product_on_the_shelf_and_so_often_a_day() -> None:
    spu_id, _ = make_product()
    user_id, _ = make_shopper()
    with pytest.raises(ProductNotAsked):
        asking.ask(user_id, 987654321, "有货吗？")
    set_setting(QUESTIONS_PER_DAY, 2)
    for n in range(2):
        asking.ask(user_id, spu_id, f"第 {n} 个问题")
    with pytest.raises(QuestionLimit):
        asking.ask(user_id, spu_id, "又一个问题")
    with transaction() as session:
        session.execute(text("UPDATE spus SET on_shelf = false"))
        assert session.scalar(select(Spu.on_shelf)) is False
    with pytest.raises(ProductNotAsked):
        asking.ask(make_shopper()[0], spu_id, "还卖吗？")


def test_another_shoppers_question_isnt_deleted() -> None:
    spu_id, _ = make_product()
    question_id = shown_question(spu_id)
    with pytest.raises(QuestionNotFound):
        asking.delete_question(make_shopper()[0], question_id)


# -- who is asked ---------------------------------------------------------------------------


def test_some_who_have_it_are_asked_and_nobody_too_often(work: Callable[[], None]) -> None:
    spu_id, sku_id = make_product()
    buyers = [owner(sku_id) for _ in range(4)]
    deaf = owner(sku_id)
    set_marketing(deaf.user_id, False)
    set_setting(ASK_BUYERS, 3)
    first = shown_question(spu_id, buyers[3].user_id)
    work()
    latest = {one.user_id for one in buyers[:3]}
    assert asked_users(first) == latest, "not the asker, nor who wants no such message"
    assert messages_of(buyers[0].user_id).count("question_asked") == 1
    second = shown_question(spu_id)
    work()
    assert asked_users(second) == {buyers[3].user_id}, "the others were asked today"
    with transaction() as session:
        session.execute(text("UPDATE asked_shoppers SET asked_at = now() - interval '8 days'"))
    third = shown_question(spu_id)
    work()
    assert len(asked_users(third)) == 3
    decided("question", third, "hidden", "x")
    decided("question", third)
    work()
    assert len(asked_users(third)) == 3, "a question asks once"
    check_invariants()


def test_who_sent_it_back_or_has_had_it_for_long_isnt_asked(work: Callable[[], None]) -> None:
    spu_id, sku_id = make_product()
    back, old = owner(sku_id), owner(sku_id)
    with transaction() as session:
        session.execute(
            text("UPDATE orders SET completed_at = now() - interval '40 days' WHERE user_id = :id"),
            {"id": old.user_id},
        )
        session.execute(
            text(
                "UPDATE order_lines SET refunded_quantity = quantity WHERE order_id IN"
                " (SELECT id FROM orders WHERE user_id = :id)"
            ),
            {"id": back.user_id},
        )
    set_setting(ASK_WITHIN_DAYS, 30)
    question_id = shown_question(spu_id)
    work()
    assert asked_users(question_id) == set()
    with pytest.raises(NotBought):
        answering.answer(back.user_id, question_id, "不错")
    answering.answer(old.user_id, question_id, "用了很久，不错")


# -- answering ------------------------------------------------------------------------------


def test_one_answer_a_shopper_who_has_it() -> None:
    spu_id, sku_id = make_product()
    asker = owner(sku_id)
    question_id = asking.ask(asker.user_id, spu_id, "会缩水吗？")
    buyer = owner(sku_id)
    with pytest.raises(QuestionNotFound):
        answering.answer(buyer.user_id, question_id, "不会")
    decided("question", question_id)
    with pytest.raises(OwnQuestion):
        answering.answer(asker.user_id, question_id, "不会")
    with pytest.raises(NotBought):
        answering.answer(make_shopper()[0], question_id, "不会")
    answer_id = answering.answer(buyer.user_id, question_id, "不会缩水")
    with pytest.raises(AnswerExists):
        answering.answer(buyer.user_id, question_id, "不会缩水的")
    assert question(question_id).answers == 0
    decided("answer", answer_id)
    (shown,) = listed(spu_id)
    assert (shown["answers"], shown["top_answer"]["text"]) == (1, "不会缩水")
    answering.change_answer(buyer.user_id, answer_id, "洗过两次，不会缩水")
    assert (answer_row(answer_id).status, question(question_id).answers) == ("pending", 0)
    decided("answer", answer_id)
    with pytest.raises(AnswerNotFound):
        answering.change_answer(asker.user_id, answer_id, "改一下")
    with pytest.raises(AnswerNotFound):
        answering.delete_answer(asker.user_id, answer_id)
    decided("answer", answer_id, "hidden", "广告")
    with pytest.raises(AnswerFixed):
        answering.change_answer(buyer.user_id, answer_id, "改一下")
    answering.delete_answer(buyer.user_id, answer_id)
    answering.delete_answer(buyer.user_id, answer_id)
    with pytest.raises(AnswerExists):
        answering.answer(buyer.user_id, question_id, "不会缩水的")
    check_invariants()


def test_who_has_it_of_a_trial_only_is_marked(work: Callable[[], None]) -> None:
    trial_id = make_trial()
    buyer, _, _ = received(trial_id)
    spu_id = trial(trial_id).spu_id
    with transaction() as session:
        session.execute(text("UPDATE spus SET on_shelf = true"))
        owned = bought(session, buyer.user_id, spu_id)
        assert owned is not None
        assert owned.of_trial
    question_id = shown_question(spu_id)
    answer_id = shown_answer(question_id, buyer)
    with transaction() as session:
        (shown,) = queries.answers(session, question_id, None, 5)
        assert (shown["id"], shown["of_trial"]) == (answer_id, True)


def test_the_shops_answer_is_marked_first_and_in_the_trail(staff_id: int) -> None:
    spu_id, sku_id = make_product()
    question_id = shown_question(spu_id)
    answer_id = shown_answer(question_id, owner(sku_id))
    own = shop_answering.answer_as_shop(staff_id, question_id, "不会缩水")
    assert shop_answering.answer_as_shop(staff_id, question_id, "30 度水洗不会缩水") == own
    with transaction() as session:
        shown = queries.answers(session, question_id, None, 5)
        audited = session.scalars(
            text("SELECT action FROM audit_entries WHERE target_type = 'question' ORDER BY id")
        ).all()
    assert [(one["id"], one["by_shop"], one["writer"]) for one in shown] == [
        (own, True, "商家"),
        (answer_id, False, "微信用户"),
    ]
    assert (question(question_id).answers, audited) == (2, ["question.answer"] * 2)
    shop_answering.take_back_shop_answer(question_id)
    with pytest.raises(AnswerNotFound):
        shop_answering.take_back_shop_answer(question_id)
    assert question(question_id).answers == 1
    assert shop_answering.answer_as_shop(staff_id, question_id, "不会的") == own
    check_invariants()


def test_the_asker_hears_of_the_first_answer(work: Callable[[], None]) -> None:
    spu_id, sku_id = make_product()
    user_id, _ = make_shopper()
    question_id = shown_question(spu_id, user_id)
    shown_answer(question_id, owner(sku_id))
    work()
    shown_answer(question_id, owner(sku_id), "我的也没有缩水")
    work()
    assert messages_of(user_id).count("question_answered") == 1


# -- votes and lists ------------------------------------------------------------------------


def test_one_vote_a_shopper_and_none_for_oneself() -> None:
    spu_id, sku_id = make_product()
    buyer = owner(sku_id)
    question_id = shown_question(spu_id)
    answer_id = shown_answer(question_id, buyer)
    voter, _ = make_shopper()
    assert [voting.vote(voter, answer_id) for _ in range(3)] == [1, 1, 1]
    with pytest.raises(OwnAnswer):
        voting.vote(buyer.user_id, answer_id)
    with transaction() as session:
        mine = queries.standing(session, voter, question_id)
    assert (mine["helpful"], mine["may_answer"], mine["refusal"].code) == (
        [str(answer_id)],
        False,
        "not_bought",
    )
    assert [voting.unvote(voter, answer_id) for _ in range(2)] == [0, 0]
    decided("answer", answer_id, "hidden", "x")
    with pytest.raises(AnswerNotFound):
        voting.vote(voter, answer_id)
    check_invariants()


def test_lists_by_cursor() -> None:
    spu_id, sku_id = make_product()
    buyers = [owner(sku_id) for _ in range(3)]
    questions = [shown_question(spu_id, words=f"第 {n} 个问题？") for n in range(5)]
    for number, buyer in enumerate(buyers):
        for question_id in questions[: number + 1]:
            shown_answer(question_id, buyer, f"{buyer.user_id} 对 {question_id} 的回答")
    for sort, order in (
        ("hot", [questions[0], questions[1], questions[2], questions[4], questions[3]]),
        ("new", questions[::-1]),
    ):
        found, after = [], None
        while True:
            with transaction() as session:
                rows = queries.questions(session, spu_id, sort, after, 2)
            found += [row["id"] for row in rows[:2]]
            if len(rows) < 3:
                break
            after = (rows[1]["answers"], rows[1]["id"])
        assert found == order, sort
    with transaction() as session:
        answers = queries.answers(session, questions[0], None, 10)
        voted = answers[2]["id"]
    voting.vote(make_shopper()[0], voted)
    found, place = [], None
    while True:
        with transaction() as session:
            rows = queries.answers(session, questions[0], place, 1)
        found.append(rows[0]["id"])
        if len(rows) < 2:
            break
        place = (int(not rows[0]["by_shop"]), rows[0]["helpful"], rows[0]["id"])
    assert found == [voted, answers[0]["id"], answers[1]["id"]]


# -- closed accounts ------------------------------------------------------------------------


def test_a_closed_account_leaves_nothing(work: Callable[[], None]) -> None:
    spu_id, sku_id = make_product()
    buyer: Buyer = owner(sku_id)
    asked = shown_question(spu_id, buyer.user_id)
    question_id = shown_question(spu_id)
    work()
    answer_id = shown_answer(question_id, buyer)
    other = shown_answer(question_id, owner(sku_id), "不缩水")
    voting.vote(buyer.user_id, other)
    erasing.erase_at_once(buyer.user_id)
    erasing.erase_at_once(buyer.user_id)
    assert (question(asked).text, answer_row(answer_id).text) == ("", "")
    assert (answer_row(other).helpful, asked_users(question_id)) == (0, set())
    work()
    assert question(question_id).answers == 1
    check_invariants()
