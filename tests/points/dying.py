"""`python -m tests.points.dying`: jobs and commands of points that die at a failpoint."""

from __future__ import annotations

from mall.missions.checkin.jobs import remind_to_check_in
from mall.points.lockups.jobs import end_lockups
from mall.points.reminders.jobs import remind_of_expiry
from mall.points.sheets import jobs
from mall.points.till.entering import Wish, enter
from mall.points.till.models import GRANT
from mall.wiring import FEATURES
from tests.support.dying import Commands, answer


def remind(_argument: str) -> None:
    remind_of_expiry()


def end_locks(_argument: str) -> None:
    end_lockups()


def give_at_till(wanted: str) -> int:
    """Five points; `wanted` is the staff member, the point and the code."""
    staff_id, point_id, code = wanted.split()
    return enter(int(staff_id), GRANT, code, Wish(point_id=int(point_id), points=5, reason="x"))


def give_sheet(sheet_id: str) -> None:
    jobs.give_sheet(int(sheet_id))


def remind_of_check_in(_argument: str) -> None:
    remind_to_check_in()


COMMANDS: Commands = {
    one.__name__: one for one in (remind, end_locks, give_at_till, give_sheet, remind_of_check_in)
}

if __name__ == "__main__":
    answer(COMMANDS, FEATURES)
