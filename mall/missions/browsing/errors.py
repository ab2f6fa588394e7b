"""What browsing may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, TooManyRequests


class ViewSessionNotFound(NotFound):
    """The token is forged, altered, of a key that is gone, or another shopper's."""

    code = "view_session_not_found"
    message = "浏览记录不存在"


class ViewSessionExpired(Conflict):
    """It was a good token: its time, or the shop day, is over."""

    code = "view_session_expired"
    message = "浏览计时已过期，请重新进入页面"


class ViewSessionOver(Conflict):
    """Its last beat has come, or the shopper went on to another page."""

    code = "view_session_over"
    message = "该页面的浏览计时已结束"


class ViewBeatSkipped(Conflict):
    """Beats are numbered 1, 2, 3 …; one before this one never came."""

    code = "view_beat_skipped"
    message = "浏览计时的序号不连续"


class ViewSessionLimit(TooManyRequests):
    """The shopper has begun as many as the owner allows on a day."""

    code = "view_session_limit"
    message = "今天的浏览计时次数已用完"
