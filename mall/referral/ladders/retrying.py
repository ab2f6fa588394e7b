"""What staff do about a step that a reward rule refused: try it again at once."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.referral.ladders.queries import grant
from mall.referral.ladders.settling import settle_in
from mall.staff.audit import record


def retry(ladder_grant_id: int) -> Any:
    """Bring the reward of a refused step to where it should be; the step as it stands then.

    The daily job does the same. Raises LadderGrantNotFound.
    """
    with transaction() as session:
        before = grant(session, ladder_grant_id)
        if before.refusal is None:
            return before
        settle_in(session, ladder_grant_id)
        after = grant(session, ladder_grant_id)
        record(
            session,
            action="ladder_grant.retry",
            target_type="ladder_grant",
            target_id=ladder_grant_id,
            before={"refusal": before.refusal},
            after={"refusal": after.refusal, "status": after.status},
        )
        return after
