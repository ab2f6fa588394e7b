"""`python -m tests.lottery.lots.dying`: lots in processes that die at a failpoint."""

from __future__ import annotations

from mall.lottery.lots import drawing
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def draw(_: str) -> None:
    drawing.draw_due()


def give(_: str) -> None:
    drawing.give_prizes()


COMMANDS: Commands = {"draw": draw, "give": give}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
