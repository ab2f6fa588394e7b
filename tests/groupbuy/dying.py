"""`python -m tests.groupbuy.dying`: what happens to teams, in processes that die at a failpoint.

With `settle` it does all that is due with members' orders, and is to be killed meanwhile.
"""

from __future__ import annotations

import sys

from mall.application import create_app
from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.settlement import jobs
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.teams.closing import close_due_teams
from mall.payments.payment_queries import query_now
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def close(_nothing: str) -> None:
    close_due_teams()


def do_what_is_due(member_id: str) -> None:
    carry_out(int(member_id))


def leave(who: str) -> None:
    """`who` is the shopper and the team."""
    user_id, team_id = map(int, who.split())
    leave_team(user_id, team_id)


def ask_wechat(order_id: str) -> None:
    query_now(int(order_id))


COMMANDS: Commands = {one.__name__: one for one in (close, do_what_is_due, leave, ask_wechat)}


if __name__ == "__main__":
    if sys.argv[1:] == ["settle"]:
        with create_app().app_context():
            jobs.carry_out_overdue.run()
    else:
        answer(COMMANDS, FEATURES)
