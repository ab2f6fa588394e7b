"""`python -m tests.referral.dying_settlement`: a batch of commission that dies."""

from __future__ import annotations

from mall.referral.commission.settling import settle_batch
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def settle(most: str) -> None:
    """A batch of up to `most` lines."""
    settle_batch(int(most))


COMMANDS: Commands = {"settle": settle}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
