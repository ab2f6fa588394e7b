"""`python -m tests.prizes.dying`: steps of prizes that die at a failpoint."""

from __future__ import annotations

from mall.lottery.draws.returning import return_pending
from mall.prizes.claiming import claim
from mall.prizes.expiring import expire_due
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def expire(_argument: str) -> None:
    expire_due()


def order(wanted: str) -> None:
    """`wanted` is the shopper, the claim and the address."""
    user_id, claim_id, address_id = wanted.split()
    claim(int(user_id), int(claim_id), int(address_id))


def bring_back(_argument: str) -> None:
    return_pending()


COMMANDS: Commands = {one.__name__: one for one in (expire, order, bring_back)}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
