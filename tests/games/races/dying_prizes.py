"""`python -m tests.games.races.dying_prizes`: the sweep that freezes and gives prizes, dying."""

from __future__ import annotations

from mall.boards.tending import close_due
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def sweep(_nothing: str) -> None:
    """Close what is due, and give the prizes."""
    close_due()


COMMANDS: Commands = {"sweep": sweep}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
