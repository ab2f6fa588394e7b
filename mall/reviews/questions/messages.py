"""Messages about questions: buyers are asked to answer, the asker hears of the first answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.messages.kinds import Content, Kind, Purpose
from mall.messages.sending import send_soon
from mall.reviews.questions.events import AnswerChanged
from mall.reviews.questions.settings import ANSWERED_TEMPLATE, ASKED_TEMPLATE

_MOST = 60
_QUESTION = text(
    """
    SELECT q.text, q.user_id, p.name AS goods, a.text AS answer, a.user_id IS NULL AS by_shop,
        EXISTS (
            SELECT FROM product_answers o WHERE o.question_id = q.id AND o.user_id = :user_id
        ) AS answered
    FROM product_questions q JOIN spus p ON p.id = q.spu_id
    LEFT JOIN LATERAL (
        SELECT text, user_id FROM product_answers
        WHERE question_id = q.id AND status = 'approved' ORDER BY approved_at, id LIMIT 1
    ) a ON true
    WHERE q.id = :question_id AND q.status = 'approved'
    """
)
_ASKER = text(
    """
    SELECT q.user_id, q.id AS question_id FROM product_answers a
    JOIN product_questions q ON q.id = a.question_id AND q.status = 'approved'
    WHERE a.id = :answer_id AND a.status = 'approved'
    """
)


def tell_asker(session: Session, event: AnswerChanged) -> None:
    """The asker hears of the first answer that is shown; of later ones the page tells."""
    found = session.execute(_ASKER, {"answer_id": event.answer_id}).one_or_none()
    if found is not None:
        send_soon(session, QUESTION_ANSWERED.name, str(found.question_id), found.user_id)


def _read(session: Session, ref: str, user_id: int) -> Any | None:
    values = {"question_id": int(ref), "user_id": user_id}
    return session.execute(_QUESTION, values).one_or_none()


def _write_asked(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once the question is gone or this buyer has answered it."""
    found = _read(session, ref, user_id)
    if found is None or found.answered:
        return None
    note = "您买过这件商品，愿意回答吗？"
    values = {"goods": found.goods, "question": _cut(found.text), "note": note}
    body = f"有人想了解您买过的「{found.goods}」：{_cut(found.text)}"
    return Content(values, "有人向您提问", body, {"question_id": ref})


def _write_answered(session: Session, ref: str, user_id: int) -> Content | None:
    """Nothing once the question or all of its answers are gone."""
    found = _read(session, ref, user_id)
    if found is None or found.answer is None or found.user_id != user_id:
        return None
    note = "商家已回答您的提问" if found.by_shop else "买家已回答您的提问"
    values = {"goods": found.goods, "answer": _cut(found.answer), "note": note}
    body = f"您对「{found.goods}」的提问有了回答：{_cut(found.answer)}"
    return Content(values, note, body, {"question_id": ref})


def _cut(words: str) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(words.split())
    return line if len(line) <= _MOST else line[: _MOST - 1] + "…"


# Marketing: nobody asked to be asked. So it has the day's cap, quiet hours and the opt-out.
QUESTION_ASKED = Kind(
    "question_asked", Purpose.MARKETING, ASKED_TEMPLATE, _write_asked, priority=40
)
QUESTION_ANSWERED = Kind(
    "question_answered", Purpose.SERVICE, ANSWERED_TEMPLATE, _write_answered, priority=30
)
KINDS = (QUESTION_ASKED, QUESTION_ANSWERED)
