"""What ratings may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict


class OwnReview(Conflict):
    """Nobody votes for a review of their own."""

    code = "own_review"
    message = "不能给自己的评价投票"
