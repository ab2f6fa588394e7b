"""`python -m tests.games.communities.dying`: giving rewards, in processes that die there."""

from __future__ import annotations

from mall.games.communities import giving
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def give(batch: str) -> None:
    """So many shoppers a transaction."""
    giving.BATCH = int(batch)
    giving.give_due()


COMMANDS: Commands = {"give": give}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
