"""Whether a line may settle: how its bindings were screened, and how its promoter stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement
from mall.referral.promoters.models import BLOCKED
from mall.referral.screening.models import CLEAR as CLEARED
from mall.referral.screening.models import HELD
from mall.referral.screening.models import VOID as REFUSED
from mall.referral.screening.screening import standings

SCREENING, PROMOTER_BLOCKED = "screening", "promoter_blocked"
WAITS = {SCREENING: "邀请关系正在审核", PROMOTER_BLOCKED: "推广员资格已冻结"}
"""Why a line that is due isn't settled, in Chinese."""
SCREENED, ACCOUNT_CLOSED, BY_STAFF = "screened", "account_closed", "staff"
VOID_REASONS = {
    SCREENED: "邀请关系无效",
    ACCOUNT_CLOSED: "账号已注销",
    BY_STAFF: "商家作废",
}
"""Why a line pays nothing, in Chinese."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a line that is due: it settles, it `waits`, or it is `void`."""

    waits: str | None = None
    void: str | None = None

    @property
    def is_clear(self) -> bool:
        return self.waits is None and self.void is None


CLEAR = Verdict()
_PROMOTERS = PreparedStatement(
    """
    SELECT u.id, u.closed_at IS NOT NULL AS closed, p.status FROM users u
    LEFT JOIN promoters p ON p.user_id = u.id
    WHERE u.id = ANY(CAST(CAST(:user_ids AS text) AS bigint[]))
    """
)


def judge(session: Session, lines: Sequence[Any]) -> Mapping[int, Verdict]:
    """What becomes of each of these lines (with `id`, `promoter_id`, `binding_id`,
    `upper_binding_id`), by their ids.

    An ended promoter is still paid for what they brought before; a blocked one waits.
    """
    wanted = int_array({line.promoter_id for line in lines})
    promoters = {row.id: row for row in _PROMOTERS.rows(session, user_ids=wanted)}
    binding_ids = {i for line in lines for i in (line.binding_id, line.upper_binding_id) if i}
    found = standings(session, binding_ids) if binding_ids else {}
    return {
        line.id: _verdict(
            promoters[line.promoter_id],
            found.get(line.binding_id, CLEARED),
            found.get(line.upper_binding_id, CLEARED),
        )
        for line in lines
    }


def _verdict(promoter: Any, standing: str, upper: str) -> Verdict:
    """`upper` may wait: a promoter who never bought anything isn't screened."""
    if promoter.closed:
        return Verdict(void=ACCOUNT_CLOSED)
    if REFUSED in (standing, upper):
        return Verdict(void=SCREENED)
    if promoter.status == BLOCKED:
        return Verdict(waits=PROMOTER_BLOCKED)
    if standing != CLEARED or upper == HELD:
        return Verdict(waits=SCREENING)
    return CLEAR
