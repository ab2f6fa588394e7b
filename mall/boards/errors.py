"""What leaderboards may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class BoardNotFound(NotFound):
    code = "board_not_found"
    message = "排行榜不存在"


class BoardNotOpen(Conflict):
    """No fact is taken and nobody excluded once the ranks are being frozen."""

    code = "board_not_open"
    message = "排行榜已截止"


class BoardFactOutside(Conflict):
    """A fact of a moment that the board doesn't count."""

    code = "board_fact_outside"
    message = "不在排行榜的统计时间内"


class BoardNotDue(Conflict):
    """Ranks are frozen only after the time for late facts."""

    code = "board_not_due"
    message = "排行榜尚未到结算时间"


class BoardMemberNotFound(NotFound):
    code = "board_member_not_found"
    message = "该用户不在排行榜上"
