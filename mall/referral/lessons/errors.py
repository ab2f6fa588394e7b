"""What lessons may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, TooManyRequests, ValidationFailed


class LessonNotFound(NotFound):
    """No such lesson, or one that isn't open."""

    code = "lesson_not_found"
    message = "课程不存在或未开放"


class LessonChanged(Conflict):
    """The lesson is another one than when it was read. No attempt was used."""

    code = "lesson_changed"
    message = "课程内容已更新，请重新阅读后再答题"


class LessonAnswersInvalid(ValidationFailed):
    """Not one answer for each question, or an option that there isn't. No attempt was used."""

    code = "lesson_answers_invalid"
    message = "请回答全部题目"


class LessonAttemptsUsed(TooManyRequests):
    """The attempts of the shop day are used."""

    code = "lesson_attempts_used"
    message = "今日答题次数已用完，请明天再试"


class LessonLimit(Conflict):
    """So many lessons may be open at once."""

    code = "lesson_limit"
    message = "开放中的课程数量已达上限，请先停用其他课程"
