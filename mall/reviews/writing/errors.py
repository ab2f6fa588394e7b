"""What reviews may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class ReviewNotFound(NotFound):
    """No such review, or another shopper's."""

    code = "review_not_found"
    message = "评价不存在"


class ReviewTaskNotFound(NotFound):
    code = "review_task_not_found"
    message = "没有待处理的差评"


class ReviewExists(Conflict):
    """A line is reviewed once, also when the review was deleted."""

    code = "review_exists"
    message = "该商品已经评价过了"


class ReviewTooEarly(Conflict):
    """The order isn't received yet, or was closed."""

    code = "review_too_early"
    message = "确认收货后才能评价"


class ReviewTooLate(Conflict):
    code = "review_too_late"
    message = "已超过可评价的期限"


class ReviewLineRefunded(Conflict):
    """No unit of the line was kept."""

    code = "review_line_refunded"
    message = "该商品已退款，不能评价"


class ReviewLineIsGift(Conflict):
    code = "review_line_is_gift"
    message = "赠品不能评价"


class ReviewNotEditable(Conflict):
    """It was decided on: what others have read isn't changed any more."""

    code = "review_not_editable"
    message = "评价已经审核，不能修改"


class ReviewTagUnknown(ValidationFailed):
    code = "review_tag_unknown"
    message = "评价标签无效"


class FollowUpNotPossible(Conflict):
    """The review is deleted or hidden, or nobody wrote it."""

    code = "follow_up_not_possible"
    message = "该评价不能追评"


class FollowUpTooLate(Conflict):
    code = "follow_up_too_late"
    message = "已超过可追评的期限"


class ReviewNotAnswerable(Conflict):
    """The review is deleted, hidden or refused: nobody reads the reply."""

    code = "review_not_answerable"
    message = "该评价当前不能回复"
