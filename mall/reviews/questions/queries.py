"""What shoppers read of questions and answers: lists by cursor, their own, and what they may."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.errors import MallError
from mall.kernel.masking import mask_text
from mall.reviews.questions.buyers import bought
from mall.reviews.questions.errors import AnswerExists, NotBought, OwnQuestion, QuestionNotFound

HOT, NEW = "hot", "new"
SORTS = (HOT, NEW)
NAMELESS = "微信用户"
_TOP = """
    LEFT JOIN LATERAL (
        SELECT a.id, a.text, a.user_id, a.of_trial, a.helpful, a.created_at, n.nickname
        FROM product_answers a LEFT JOIN users n ON n.id = a.user_id
        WHERE a.question_id = q.id AND a.status = 'approved'
        ORDER BY (a.user_id IS NULL) DESC, a.helpful DESC, a.id LIMIT 1
    ) top ON true
"""
_COLUMNS = """
    q.id, q.spu_id, q.user_id, q.text, q.answers, q.created_at, u.nickname,
    top.id AS top_id, top.text AS top_text, top.user_id AS top_user_id,
    top.of_trial AS top_of_trial, top.helpful AS top_helpful,
    top.created_at AS top_created_at, top.nickname AS top_nickname
"""
_LIST = {
    HOT: text(
        f"""
        SELECT {_COLUMNS} FROM product_questions q JOIN users u ON u.id = q.user_id {_TOP}
        WHERE q.spu_id = :spu_id AND q.status = 'approved'
          AND (CAST(:before AS bigint) IS NULL
               OR q.answers < :answers OR (q.answers = :answers AND q.id < :before))
        ORDER BY q.answers DESC, q.id DESC LIMIT :most
        """  # noqa: S608 - words of our own
    ),
    NEW: text(
        f"""
        SELECT {_COLUMNS} FROM product_questions q JOIN users u ON u.id = q.user_id {_TOP}
        WHERE q.spu_id = :spu_id AND q.status = 'approved'
          AND (CAST(:before AS bigint) IS NULL OR q.id < :before)
        ORDER BY q.id DESC LIMIT :most
        """  # noqa: S608 - words of our own
    ),
}
_ONE = text(
    f"""
    SELECT {_COLUMNS} FROM product_questions q JOIN users u ON u.id = q.user_id {_TOP}
    WHERE q.id = :question_id AND q.status = 'approved'
    """  # noqa: S608 - words of our own
)
_ANSWERS = text(
    """
    SELECT a.id, a.text, a.user_id, a.of_trial, a.helpful, a.created_at, n.nickname
    FROM product_answers a LEFT JOIN users n ON n.id = a.user_id
    WHERE a.question_id = :question_id AND a.status = 'approved'
      AND (CAST(:after AS bigint) IS NULL
           OR (CAST(a.user_id IS NOT NULL AS int), -a.helpful, a.id)
              > (CAST(:of_buyer AS int), -CAST(:helpful AS bigint), CAST(:after AS bigint)))
    ORDER BY (a.user_id IS NULL) DESC, a.helpful DESC, a.id LIMIT :most
    """
)
_COUNT = text("SELECT questions FROM spu_questions WHERE spu_id = :spu_id")
_MY_QUESTIONS = text(
    """
    SELECT q.id, q.spu_id, p.name AS product, q.text, q.status, q.reason, q.answers, q.created_at
    FROM product_questions q JOIN spus p ON p.id = q.spu_id
    WHERE q.user_id = :user_id AND q.status <> 'deleted'
      AND (CAST(:before AS bigint) IS NULL OR q.id < :before)
    ORDER BY q.id DESC LIMIT :most
    """
)
_MY_ANSWERS = text(
    """
    SELECT a.id, a.question_id, q.spu_id, p.name AS product, q.text AS question, a.text, a.status,
        a.reason, a.helpful, a.grant_id IS NOT NULL AS rewarded, a.created_at
    FROM product_answers a JOIN product_questions q ON q.id = a.question_id
    JOIN spus p ON p.id = q.spu_id
    WHERE a.user_id = :user_id AND a.status <> 'deleted'
      AND (CAST(:before AS bigint) IS NULL OR a.id < :before)
    ORDER BY a.id DESC LIMIT :most
    """
)
_ASKED = text(
    """
    SELECT q.id, q.spu_id, p.name AS product, q.text, q.answers, q.created_at
    FROM question_askings k JOIN product_questions q ON q.id = k.question_id
    JOIN spus p ON p.id = q.spu_id
    WHERE k.user_id = :user_id AND q.status = 'approved'
      AND (CAST(:before AS bigint) IS NULL OR q.id < :before)
      AND NOT EXISTS (
          SELECT FROM product_answers a WHERE a.question_id = q.id AND a.user_id = :user_id)
    ORDER BY k.question_id DESC LIMIT :most
    """
)
_MINE = text(
    """
    SELECT id, text, status, reason, helpful, grant_id IS NOT NULL AS rewarded, created_at
    FROM product_answers
    WHERE question_id = :question_id AND user_id = :user_id
    """
)
_VOTED = text(
    """
    SELECT v.answer_id FROM answer_votes v JOIN product_answers a ON a.id = v.answer_id
    WHERE a.question_id = :question_id AND v.user_id = :user_id ORDER BY v.answer_id
    """
)


def count(session: Session, spu_id: int) -> int:
    """How many questions of a product are shown."""
    return int(session.scalar(_COUNT, {"spu_id": spu_id}) or 0)


def questions(
    session: Session, spu_id: int, sort: str, after: tuple[int, int] | None, limit: int
) -> list[dict[str, Any]]:
    """Questions of a product that are shown, each with its top answer. `after`: answers and id
    of the last one before. One more than `limit`, if there is one."""
    answers, before = after or (None, None)
    values = {"spu_id": spu_id, "answers": answers, "before": before, "most": limit + 1}
    return [_question(row) for row in session.execute(_LIST[sort], values)]


def question(session: Session, question_id: int) -> dict[str, Any]:
    """A question that is shown, with its top answer. Raises QuestionNotFound."""
    row = session.execute(_ONE, {"question_id": question_id}).one_or_none()
    if row is None:
        raise QuestionNotFound
    return _question(row)


def answers(
    session: Session, question_id: int, after: tuple[int, int, int] | None, limit: int
) -> list[dict[str, Any]]:
    """Answers that are shown: the shop's first, then the most helpful. `after`: whether it is a
    buyer's (0 or 1), votes and id of the last one before. Raises QuestionNotFound."""
    question(session, question_id)
    of_buyer, helpful, last = after or (None, None, None)
    values = {
        "question_id": question_id,
        "of_buyer": of_buyer,
        "helpful": helpful,
        "after": last,
        "most": limit + 1,
    }
    return [_answer(row) for row in session.execute(_ANSWERS, values)]


def my_questions(session: Session, user_id: int, before: int | None, limit: int) -> list[Any]:
    """The shopper's own questions, the newest first, with why one isn't shown."""
    values = {"user_id": user_id, "before": before, "most": limit + 1}
    return list(session.execute(_MY_QUESTIONS, values))


def my_answers(session: Session, user_id: int, before: int | None, limit: int) -> list[Any]:
    """The shopper's own answers, the newest first, with why one isn't shown."""
    values = {"user_id": user_id, "before": before, "most": limit + 1}
    return list(session.execute(_MY_ANSWERS, values))


def asked_of_me(session: Session, user_id: int, before: int | None, limit: int) -> list[Any]:
    """Questions that this buyer was asked to answer and hasn't, the newest first."""
    values = {"user_id": user_id, "before": before, "most": limit + 1}
    return list(session.execute(_ASKED, values))


def standing(session: Session, user_id: int, question_id: int) -> dict[str, Any]:
    """The shopper's own answer to a question, the votes, and whether they may answer.

    Raises QuestionNotFound.
    """
    found = question(session, question_id)
    values = {"question_id": question_id, "user_id": user_id}
    mine = session.execute(_MINE, values).one_or_none()
    refusal: MallError | None = None
    if found["user_id"] == user_id:
        refusal = OwnQuestion()
    elif mine is not None:
        refusal = AnswerExists()
    elif bought(session, user_id, found["spu_id"]) is None:
        refusal = NotBought()
    return {
        "answer": None if mine is None or mine.status == "deleted" else mine,
        "helpful": [str(one) for one in session.scalars(_VOTED, values)],
        "may_answer": refusal is None,
        "refusal": refusal,
    }


def _question(row: Any) -> dict[str, Any]:
    top = None
    if row.top_id is not None:
        names = ("id", "text", "user_id", "of_trial", "helpful", "created_at", "nickname")
        top = _answer_of({name: getattr(row, f"top_{name}") for name in names})
    return {**row._mapping, "asker": _masked(row.nickname), "top_answer": top}


def _answer(row: Any) -> dict[str, Any]:
    return _answer_of(dict(row._mapping))


def _answer_of(values: dict[str, Any]) -> dict[str, Any]:
    by_shop = values["user_id"] is None
    name = "商家" if by_shop else _masked(values["nickname"])
    return {**values, "by_shop": by_shop, "writer": name}


def _masked(nickname: str | None) -> str:
    """A name as others see it."""
    return mask_text(nickname or "") or NAMELESS
