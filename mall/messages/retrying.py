"""Staff send a message that failed once more."""

from __future__ import annotations

from mall.kernel.db import transaction
from mall.messages import inbox
from mall.messages.admitting import admit
from mall.messages.errors import (
    DailyCapReached,
    MarketingOptedOut,
    MessageNotFailed,
    MessageNotFound,
    MessageStale,
    NoAllowanceLeft,
    TemplateMissing,
)
from mall.messages.kinds import KINDS
from mall.messages.states import Candidate, move, status_of
from mall.staff.audit import record

_REFUSALS = {
    "no_grant": NoAllowanceLeft,
    "no_template": TemplateMissing,
    "over_cap": DailyCapReached,
    "opted_out": MarketingOptedOut,
    "quiet_hours": MessageStale,
    "stale": MessageStale,
}


def retry(message_id: int) -> None:
    """Send a message that failed once more, for example after its fields were corrected.

    Marketing obeys the same rules as before: it may have to wait. Raises MessageNotFound,
    MessageNotFailed, NoAllowanceLeft, TemplateMissing, DailyCapReached, MarketingOptedOut,
    MessageStale.
    """
    with transaction() as session:
        row = move(session, message_id, "failed", "pending", error_code=None, error=None)
        if row is None:
            known = status_of(session, message_id)
            raise MessageNotFound if known is None else MessageNotFailed
        inbox.take_back(session, message_id)
        again = Candidate(row.id, row.user_id, row.ref, row.good_until)
        admit(session, KINDS[row.kind], [again], row.now)
        refusal = _REFUSALS.get(status_of(session, message_id) or "")
        if refusal is not None:
            raise refusal
        record(session, action="message.retry", target_type="message", target_id=message_id)
