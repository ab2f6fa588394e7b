"""A question on the demo shop's most reviewed product, with two officers' and the shop's answer."""

from __future__ import annotations

from sqlalchemy import select

from mall.catalog.models import Spu
from mall.kernel.db import transaction
from mall.reviews.demo.passing import let_pass
from mall.reviews.demo.people import clerk, shopper
from mall.reviews.questions.answering import ANSWER, answer
from mall.reviews.questions.asking import QUESTION, ask
from mall.reviews.questions.models import ProductAnswer, ProductQuestion
from mall.reviews.questions.shop_answering import answer_as_shop

CODE = "D1001"
ASKER, WORDS = "猫叔", "空调房里盖会不会太厚？"
ANSWERS = (
    ("小满", "二十六度刚好，再低就要搭条毯子了"),
    ("青禾", "不厚，孩子盖着没有出汗"),
)
OF_SHOP = "四季款填充 180 克，空调房可以直接盖；怕热可以选夏凉款。"


def ask_and_answer() -> int:
    """The question with its answers, when the shop has the product and was asked nothing by this
    shopper; how many were asked."""
    with transaction() as session:
        spu_id = session.scalar(select(Spu.id).where(Spu.spu_code == CODE, Spu.on_shelf))
    if spu_id is None:
        return 0
    asker = shopper(ASKER)
    known = _asked(asker, spu_id)
    question_id = ask(asker, spu_id, WORDS) if known is None else known
    let_pass(QUESTION, question_id)
    for nickname, words in ANSWERS:
        _answer(shopper(nickname), question_id, words)
    if _of_shop(question_id) is None:
        answer_as_shop(clerk(), question_id, OF_SHOP)
    return int(known is None)


def _answer(user_id: int, question_id: int, words: str) -> None:
    with transaction() as session:
        known = session.scalar(
            select(ProductAnswer.id).where(
                ProductAnswer.question_id == question_id, ProductAnswer.user_id == user_id
            )
        )
    let_pass(ANSWER, answer(user_id, question_id, words) if known is None else known)


def _asked(user_id: int, spu_id: int) -> int | None:
    with transaction() as session:
        return session.scalar(
            select(ProductQuestion.id)
            .where(ProductQuestion.user_id == user_id, ProductQuestion.spu_id == spu_id)
            .order_by(ProductQuestion.id)
            .limit(1)
        )


def _of_shop(question_id: int) -> int | None:
    with transaction() as session:
        return session.scalar(
            select(ProductAnswer.id).where(
                ProductAnswer.question_id == question_id, ProductAnswer.user_id.is_(None)
            )
        )
