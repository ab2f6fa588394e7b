"""`python -m tests.groupbuy.dying_desk`: what staff do, in processes that die at a failpoint."""

from __future__ import annotations

from mall.groupbuy.desk import deciding
from mall.groupbuy.desk.by_hand import fail_team, form_team
from mall.groupbuy.desk.ending import end_early
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def form(team_id: str) -> None:
    form_team(int(team_id), "老客户")


def fail(team_id: str) -> None:
    fail_team(int(team_id), "缺货")


def end(activity_id: str) -> None:
    end_early(int(activity_id), "refund", "缺货")


def decide(ending_id: str) -> None:
    """Two teams a transaction."""
    deciding.BATCH = 2
    deciding.decide_open_teams(ending_id=int(ending_id))


COMMANDS: Commands = {one.__name__: one for one in (form, fail, end, decide)}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
