"""What prizes may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class PrizeNotFound(NotFound):
    """No such prize, or another shopper's."""

    code = "prize_not_found"
    message = "奖品不存在"


class PrizeStateConflict(Conflict):
    """The prize isn't where this is done: ordered already, sent, or ended."""

    code = "prize_state_conflict"
    message = "奖品的当前状态不支持该操作"


class PrizeClaimOver(Conflict):
    """The time to claim it has passed."""

    code = "prize_claim_over"
    message = "领取奖品的时间已过"


class PrizeDeadlineInvalid(ValidationFailed):
    """A deadline is only put off, and not for ever."""

    code = "prize_deadline_invalid"
    message = "新的领取期限须晚于原期限与当前时间，且不超过一年"
