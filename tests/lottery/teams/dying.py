"""`python -m tests.lottery.teams.dying`: free orders in processes that die at a failpoint."""

from __future__ import annotations

from mall.lottery.teams.free_orders import pay_back
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def pay(member_id: str) -> None:
    pay_back(int(member_id))


COMMANDS: Commands = {"pay": pay}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
