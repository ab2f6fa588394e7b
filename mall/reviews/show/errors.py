"""What the buyer show may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class ShowColumnNotFound(NotFound):
    code = "show_column_not_found"
    message = "买家秀专栏不存在或已停用"


class ShowEntryNotFound(NotFound):
    code = "show_entry_not_found"
    message = "买家秀不存在或已下架"


class ReviewUnfit(Conflict):
    """Only an approved review with pictures, of goods that were kept, of the column's category."""

    code = "review_unfit"
    message = "仅可精选审核通过、带图片、未退款且属于该专栏类目的评价"


class OwnShow(Conflict):
    """Nobody likes a show of their own."""

    code = "own_show"
    message = "不能给自己的买家秀点赞"
