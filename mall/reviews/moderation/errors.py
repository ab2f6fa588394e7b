"""What moderation may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class ContentNotFound(NotFound):
    """No such content, another shopper's, or one that isn't shown."""

    code = "content_not_found"
    message = "内容不存在"


class NotObjectionable(Conflict):
    """Nothing was hidden or refused, or an objection waits, or staff have answered one."""

    code = "content_not_objectionable"
    message = "当前不能提出异议"


class OwnContent(Conflict):
    code = "own_content"
    message = "不能举报自己的内容"


class DecisionReasonMissing(ValidationFailed):
    """A refusal says why, a hiding has a legal reason."""

    code = "decision_reason_missing"
    message = "请填写理由"


class WordInvalid(ValidationFailed):
    """The word has no letter or digit."""

    code = "word_invalid"
    message = "敏感词至少包含一个文字或数字"


class WordNotFound(NotFound):
    code = "word_not_found"
    message = "敏感词不存在"
