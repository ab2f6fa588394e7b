"""Questions and answers on products."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.messages.kinds import KINDS
from mall.reviews.moderation.contents import CONTENT_KINDS
from mall.reviews.questions import admin, routes
from mall.reviews.questions.attention import UNANSWERED
from mall.reviews.questions.closed_accounts import QUESTIONS
from mall.reviews.questions.content_kinds import ANSWER_KIND, QUESTION_KIND
from mall.reviews.questions.events import AnswerChanged, QuestionChanged
from mall.reviews.questions.invariants import INVARIANTS
from mall.reviews.questions.inviting import ask_buyers
from mall.reviews.questions.messages import KINDS as OWN_KINDS
from mall.reviews.questions.messages import tell_asker
from mall.reviews.questions.rewarding import keep_reward
from mall.reviews.questions.settings import SETTINGS as OWN
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare questions."""
    mall.add(SETTINGS, *OWN)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({"question:read": "查看问大家", "question:answer": "以商家身份回答提问"})
    mall.add(CONTENT_KINDS, QUESTION_KIND, ANSWER_KIND)
    mall.add(KINDS, *OWN_KINDS)
    mall.on(QuestionChanged, "reviews.ask_buyers", ask_buyers)
    mall.on(AnswerChanged, "reviews.reward_answer", keep_reward)
    mall.on(AnswerChanged, "reviews.tell_asker", tell_asker)
    mall.add(ERASERS, QUESTIONS)
    mall.attention(UNANSWERED)
    mall.invariants(*INVARIANTS)
