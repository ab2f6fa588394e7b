"""Jobs of draws of teams, and a sweep for what lost jobs left."""

from __future__ import annotations

import structlog

from mall.kernel.jobs import PATIENT, SWEEP, job
from mall.lottery.teams import free_orders, giving
from mall.lottery.teams.free_orders import PAY_BACK
from mall.lottery.teams.giving import GIVE

_log = structlog.get_logger("mall.lottery")
_CHANCES_DUE = """
    SELECT FROM lottery_members
    WHERE status = 'due' AND created_at < now() - interval '1 minute'
"""
_MONEY_DUE = """
    SELECT FROM lottery_free_orders
    WHERE done_at IS NULL AND canceled_at IS NULL AND created_at < now() - interval '1 minute'
"""


@job(GIVE, retry=PATIENT)
def give_team_chances(*, team_id: int) -> None:
    """Give each member of a settled team the chance; twice is once."""
    giving.give_to_team(team_id)


@job("lottery.give_due_chances", retry=SWEEP, cron="*/2 * * * *", look=_CHANCES_DUE)
def give_due_chances() -> None:
    """Give what lost jobs left."""
    giving.give_all_due()


@job(PAY_BACK, retry=PATIENT)
def pay_back_free_order(*, member_id: int) -> None:
    """Give the money of a free order back; twice is once. One that has to wait is the sweep's."""
    free_orders.pay_back(member_id)


@job("lottery.pay_back_due", retry=SWEEP, cron="*/2 * * * *", look=_MONEY_DUE)
def pay_back_due() -> None:
    """Give back what had to wait. One that fails keeps no other waiting."""
    after = 0
    while due := free_orders.due_after(after):
        for member_id in due:
            try:
                free_orders.pay_back(member_id)
            except Exception:
                _log.exception("a free order isn't paid back", member_id=member_id)
        after = due[-1]
