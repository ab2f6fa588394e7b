"""What questions and answers may refuse."""

from __future__ import annotations

from mall.catalog.errors import ProductNotFound
from mall.kernel.errors import Conflict, NotFound, TooManyRequests


class QuestionNotFound(NotFound):
    """No such question, or none that this shopper may see."""

    code = "question_not_found"
    message = "问题不存在或未公开"


class AnswerNotFound(NotFound):
    """No such answer, or none that this shopper may see."""

    code = "answer_not_found"
    message = "回答不存在或未公开"


class ProductNotAsked(ProductNotFound):
    """No such product, or none on the shelf."""


class QuestionLimit(TooManyRequests):
    """So many questions a shopper and shop day."""

    code = "question_limit"
    message = "今天提问的次数已用完，请明天再来"


class OwnQuestion(Conflict):
    """Nobody answers their own question."""

    code = "own_question"
    message = "不能回答自己的提问"


class NotBought(Conflict):
    """Only who bought the product and received it answers."""

    code = "not_bought"
    message = "购买并收到该商品后才可以回答"


class AnswerExists(Conflict):
    """One answer a shopper and question; one that was deleted isn't written again."""

    code = "answer_exists"
    message = "您已回答过该问题"


class AnswerFixed(Conflict):
    """One that was hidden can only be objected to; one that was deleted is gone."""

    code = "answer_fixed"
    message = "该回答当前不能修改"


class OwnAnswer(Conflict):
    """Nobody votes for their own answer."""

    code = "own_answer"
    message = "不能给自己的回答点赞"
