"""An answer's reward, and what its writer may do against a decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import db, transaction
from mall.reviews.moderation.contents import lock_content
from mall.reviews.questions import answering, shop_answering
from mall.reviews.questions.settings import ANSWER_RULE
from mall.rewards.commands import create_rule
from mall.rewards.models import RewardGrant
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.points import figures
from tests.support.questions import (
    answer_row,
    decided,
    make_product,
    owner,
    shown_answer,
    shown_question,
    some_staff,
)
from tests.support.settings import set_setting
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
OBJECTIONS = "/api/v1/content-objections"


def points_rule(points: int, **more: Any) -> int:
    body = {"name": "回答有礼", "reward": [{"kind": "points", "count": points}], **more}
    return create_rule(**RewardRuleInSchema().load(body)).id


def balance_of(user_id: int) -> int:
    return figures(user_id)[0]


def grants() -> list[tuple[str, str]]:
    db.session.rollback()
    found = select(RewardGrant.event, RewardGrant.status).order_by(RewardGrant.id)
    return [(row.event, row.status) for row in db.session.execute(found)]


def test_an_answer_is_rewarded_once_and_the_reward_goes_with_it(work: Callable[[], None]) -> None:
    set_setting(ANSWER_RULE, points_rule(20))
    spu_id, sku_id = make_product()
    buyer = owner(sku_id)
    answer_id = shown_answer(shown_question(spu_id), buyer)
    work()
    work()
    assert balance_of(buyer.user_id) == 20
    answering.change_answer(buyer.user_id, answer_id, "换一种说法：没有缩水")
    work()
    decided("answer", answer_id)
    work()
    assert balance_of(buyer.user_id) == 20, "checked anew, not rewarded anew"
    decided("answer", answer_id, "hidden", "广告")
    work()
    assert balance_of(buyer.user_id) == 0
    decided("answer", answer_id)
    work()
    assert balance_of(buyer.user_id) == 20, "hidden by mistake: it is rewarded again"
    answering.delete_answer(buyer.user_id, answer_id)
    work()
    assert balance_of(buyer.user_id) == 0
    first, second = f"answer:{answer_id}:0", f"answer:{answer_id}:1"
    assert grants() == [(first, "reversed"), (second, "reversed")]
    check_invariants()


def test_the_rules_cap_holds_and_the_shop_earns_nothing(
    work: Callable[[], None],
) -> None:
    set_setting(ANSWER_RULE, points_rule(20, daily_cap=2))
    spu_id, sku_id = make_product()
    buyer = owner(sku_id)
    answers = [shown_answer(shown_question(spu_id), buyer) for _ in range(3)]
    shop_answering.answer_as_shop(some_staff(), shown_question(spu_id), "不会")
    work()
    assert balance_of(buyer.user_id) == 40
    refused = sorted(str(answer_row(one).refusal) for one in answers)
    assert refused == ["None", "None", "reward_daily_cap"]
    check_invariants()


def test_the_writer_of_a_hidden_answer_objects_and_nobody_else(app: Flask, http: Http) -> None:
    spu_id, sku_id = make_product()
    buyer = owner(sku_id)
    answer_id = shown_answer(shown_question(spu_id), buyer)
    decided("answer", answer_id, "hidden")
    body = {"kind": "answer", "ref": str(answer_id), "text": "没有写任何人的电话"}
    stranger = http.as_(make_shopper()[1]).post(OBJECTIONS, body)
    assert (stranger.status_code, error_code(stranger)) == (404, "content_not_found")
    assert http.as_(buyer.token).post(OBJECTIONS, body).status_code == 204
    with transaction() as session:
        content = lock_content(session, "answer", answer_id)
        assert content is not None
        assert (content.objection, content.manual) == (body["text"], True)
    check_invariants()
