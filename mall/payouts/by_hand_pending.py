"""Whether staff have entered a payment by hand that waits for another pair of eyes.

The money has left the shop then: until it is decided nothing else may happen to the payout.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.approvals.queries import is_open
from mall.payouts.errors import PayoutByHandPending
from mall.payouts.models import Payout

BY_HAND_KIND = "payouts.by_hand"


def waits_for_hand(session: Session, payout: Payout) -> bool:
    """Whether a payment of this locked payout by hand waits for its approval."""
    return is_open(session, BY_HAND_KIND, payout.payout_no)


def check_no_hand(session: Session, payout: Payout) -> None:
    """Raises PayoutByHandPending for a locked payout that may have been paid by hand."""
    if waits_for_hand(session, payout):
        raise PayoutByHandPending
