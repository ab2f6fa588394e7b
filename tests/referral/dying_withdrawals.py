"""`python -m tests.referral.dying_withdrawals`: steps of withdrawals that die."""

from __future__ import annotations

from mall.kernel.http.access import Staff
from mall.kernel.outbound_jobs import run_outbound_call
from mall.payouts.asking import TRANSFER_CALL, ask_for
from mall.referral.withdrawals.cancelling import cancel
from mall.referral.withdrawals.deciding import decide
from mall.referral.withdrawals.requesting import withdraw
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def request(wanted: str) -> None:
    """`wanted` is the shopper and the amount."""
    user_id, fen = wanted.split()
    withdraw(int(user_id), int(fen))


def approve(wanted: str) -> None:
    """`wanted` is the staff member and the withdrawal."""
    staff_id, number = wanted.split()
    decide(Staff(int(staff_id), "clerk", 0), number, approve=True, reason="已核对")


def refuse(wanted: str) -> None:
    """`wanted` is the staff member and the withdrawal."""
    staff_id, number = wanted.split()
    decide(Staff(int(staff_id), "clerk", 0), number, approve=False, reason="已核对")


def take_back(wanted: str) -> None:
    """`wanted` is the shopper and the withdrawal."""
    user_id, number = wanted.split()
    cancel(int(user_id), number)


def ask(wanted: str) -> None:
    """`wanted` is the shopper and the payout."""
    user_id, payout_no = wanted.split()
    ask_for(int(user_id), payout_no)


def hear(transfer_id: str) -> None:
    """Ask WeChat what became of a transfer."""
    run_outbound_call(TRANSFER_CALL, int(transfer_id))


COMMANDS: Commands = {one.__name__: one for one in (request, approve, refuse, take_back, ask, hear)}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
