"""`python -m tests.payouts.dying`: asking for payouts, and hearing of their end, that die."""

from __future__ import annotations

from mall.kernel.outbound_jobs import run_outbound_call
from mall.payouts.asking import TRANSFER_CALL, ask_for
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def ask(wanted: str) -> None:
    """`wanted` is the shopper and the payout's number."""
    user_id, payout_no = wanted.split()
    ask_for(int(user_id), payout_no)


def hear(transfer_id: str) -> None:
    """Ask WeChat what became of a transfer."""
    run_outbound_call(TRANSFER_CALL, int(transfer_id))


COMMANDS: Commands = {one.__name__: one for one in (ask, hear)}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
