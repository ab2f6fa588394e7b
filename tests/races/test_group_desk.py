"""What staff do by hand, at the same moment as a payment, a member who leaves, an opening."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.desk import by_hand
from mall.groupbuy.desk.by_hand import fail_team, form_team
from mall.groupbuy.desk.deciding import decide_overdue
from mall.groupbuy.desk.ending import end_early
from mall.groupbuy.desk.members import remove_member
from mall.groupbuy.orders import taking
from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.orders.placing import SeatPlaced
from mall.groupbuy.teams.closing import close_due_teams
from mall.groupbuy.teams.models import GroupTeam
from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement
from tests.support.groupbuy import (
    carry_out_all,
    joined,
    let_expire,
    make_activity,
    members_of,
    opened,
    opening,
    pay_seat,
    placed,
    seats_of,
    sku_of,
    team_of,
)
from tests.support.invariants import check_invariants
from tests.support.orders import make_buyer, order_of
from tests.support.races import slow_writes, together
from tests.support.waiting import eventually


def names(found: list[Any]) -> list[str]:
    """What became of each call."""
    return [type(one).__name__ for one in found]


def forming_but_one() -> tuple[int, str]:
    """A team that lacks the payment of one seat, and the order of that seat."""
    team_id = opened(make_activity({2: 9_000, 3: 8_000}))
    return team_id, joined(team_id, paid=False)


def steps_to(team_id: int, status: str) -> int:
    """How often a team came into a state."""
    with transaction() as session:
        return session.execute(
            text(
                "SELECT count(*) FROM groupbuy_transitions WHERE team_id = :id AND to_status = :to"
            ),
            {"id": team_id, "to": status},
        ).scalar_one()


def race(app: Flask, team_id: int, order_no: str, move: Callable[[int, str], None]) -> list[str]:
    """Staff move a team while its last seat is paid."""
    with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.2):
        return names(together(app, [partial(pay_seat, order_no), partial(move, team_id, "缺货")]))


def careless_lock(paid: threading.Event) -> Callable[..., GroupTeam | None]:
    """For a control: the team is looked at without a lock, and moved once the seat is paid."""

    def look(session: Any, team_id: int) -> GroupTeam | None:
        team: GroupTeam | None = session.get(GroupTeam, team_id)
        paid.wait(30)
        return team

    return look


def careless(
    app: Flask, monkeypatch: pytest.MonkeyPatch, move: Callable[[int, str], None]
) -> tuple[int, list[str]]:
    """The same race, without the lock: the team, and what became of both."""
    team_id, order_no = forming_but_one()
    paid = threading.Event()
    monkeypatch.setattr(by_hand, "lock_team", careless_lock(paid))

    def pay() -> None:
        pay_seat(order_no)
        paid.set()

    return team_id, names(together(app, [pay, partial(move, team_id, "缺货")]))


@pytest.mark.parametrize("_again", range(2))
def test_forming_by_hand_against_the_last_payment(app: Flask, _again: int) -> None:
    team_id, order_no = forming_but_one()
    assert race(app, team_id, order_no, form_team) == ["NoneType"] * 2
    assert seats_of(team_id) == ("formed", 0, 2, 0)
    assert steps_to(team_id, "formed") == 1
    check_invariants()


def test_control_forming_by_hand_without_the_lock(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The team was formed meanwhile: what staff do fails for a reason that isn't theirs."""
    _, found = careless(app, monkeypatch, form_team)
    assert found == ["NoneType", "NoResultFound"]


@pytest.mark.parametrize("_again", range(2))
def test_failing_by_hand_against_the_last_payment(app: Flask, _again: int) -> None:
    """The payment forms the team and it stands, or it counts and all comes back."""
    team_id, order_no = forming_but_one()
    found = race(app, team_id, order_no, fail_team)
    close_due_teams()
    carry_out_all()
    team, order = team_of(team_id), order_of(order_no)
    if found == ["NoneType", "GroupTeamStands"]:
        assert (team.status, team.verdict, order.refunding_fen) == ("formed", None, 0)
    else:
        assert found == ["NoneType"] * 2
        assert (team.status, order.refunding_fen) == ("failed", order.paid_fen)
    check_invariants()


def test_control_failing_by_hand_without_the_lock(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team that stands is told to fail."""
    team_id, found = careless(app, monkeypatch, fail_team)
    assert found == ["NoneType"] * 2
    assert (team_of(team_id).status, team_of(team_id).verdict) == ("formed", "fail")


def test_a_member_who_is_removed_and_leaves_at_once_is_refunded_once(app: Flask) -> None:
    team_id, member = opened(make_activity({3: 9_000})), make_buyer()
    order_no = joined(team_id, member)
    member_id = members_of(team_id)[1].id
    calls = [
        partial(remove_member, team_id, member_id, "刷单"),
        partial(remove_member, team_id, member_id, "刷单"),
        partial(leave_team, member.user_id, team_id),
    ]
    with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.2):
        found = names(together(app, calls))
    assert found[:2] == ["NoneType"] * 2
    assert found[2] in ("NoneType", "GroupNotMember")
    assert seats_of(team_id) == ("forming", 0, 1, 0)
    assert order_of(order_no).refunding_fen == order_of(order_no).paid_fen
    check_invariants()


def move_against_sweep(
    app: Flask, move: Callable[[int, str], None]
) -> tuple[list[str], tuple[str, int, int, int]]:
    """Staff move a team whose time is over while the sweep takes it: what became of both, and of
    the team."""
    team_id = opened(make_activity({3: 9_000}))
    joined(team_id)
    let_expire(team_id)
    with slow_writes("groupbuy_teams", of="UPDATE", seconds=0.2):
        found = names(together(app, [partial(move, team_id, "缺货"), close_due_teams]))
    close_due_teams()
    carry_out_all()
    return found, seats_of(team_id)


@pytest.mark.parametrize("_again", range(2))
def test_forming_by_hand_against_the_sweep(app: Flask, _again: int) -> None:
    """The team fails and staff hear of it, or it is formed and settled."""
    found, seats = move_against_sweep(app, form_team)
    if found[0] == "GroupTeamStands":
        assert seats == ("failed", 0, 2, 0)
    else:
        assert (found[0], seats) == ("NoneType", ("settled", 0, 2, 1))
    check_invariants()


def test_failing_by_hand_against_the_sweep(app: Flask) -> None:
    found, seats = move_against_sweep(app, fail_team)
    assert found == ["NoneType", "int"]
    assert seats == ("failed", 0, 2, 0)
    check_invariants()


def end_against_openings(app: Flask) -> tuple[list[str], list[str | None]]:
    """Staff end an activity while a team is being opened, and while they wait for that another
    shopper wants to open one: what became of the three, and the verdicts of the teams."""
    activity_id, buyers = make_activity({3: 9_000}), [make_buyer(), make_buyer()]
    sku_id, choice = sku_of(activity_id), opening(activity_id)
    ended = threading.Event()

    def end() -> None:
        eventually(partial(_somebody, "wait_event = 'PgSleep'"), pause_s=0.01)
        end_early(activity_id, "refund", "缺货")
        ended.set()
        _decide_all()

    def open_later() -> SeatPlaced:
        in_line = "wait_event_type = 'Lock' AND query NOT LIKE '%groupbuy_skus%'"
        eventually(lambda: ended.is_set() or _somebody(in_line), pause_s=0.01)
        return placed(buyers[1], choice, sku_id=sku_id)

    first = partial(placed, buyers[0], choice, sku_id=sku_id)
    with slow_writes("groupbuy_teams", of="INSERT", seconds=1.5):
        found = names(together(app, [first, end, open_later]))
    with transaction() as session:
        verdicts = session.scalars(
            text("SELECT verdict FROM groupbuy_teams WHERE activity_id = :id ORDER BY id"),
            {"id": activity_id},
        ).all()
    return found, list(verdicts)


def _somebody(condition: str) -> bool:
    """Whether a connection is in this state."""
    with transaction() as session:
        here = text(
            "SELECT count(*) FROM pg_stat_activity"
            f" WHERE state = 'active' AND pid <> pg_backend_pid() AND {condition}"
        )
        return bool(session.scalar(here))


def _decide_all() -> None:
    with transaction() as session:
        long_ago = "created_at - interval '1 h'"
        session.execute(text(f"UPDATE groupbuy_endings SET created_at = {long_ago}"))
    decide_overdue()


def test_a_team_is_opened_before_the_activity_ends_or_not_at_all(app: Flask) -> None:
    found, verdicts = end_against_openings(app)
    assert found == ["SeatPlaced", "NoneType", "GroupActivityNotOpen"]
    assert verdicts == ["fail"]


def test_control_openings_without_the_lock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A team appears after all had their verdicts."""
    monkeypatch.setattr(taking, "share_openings", lambda *_: None)
    assert end_against_openings(app)[1] == [None]


def test_control_openings_that_share_the_activitys_row(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes later is let in before who ends it."""
    row = PreparedStatement("SELECT id FROM groupbuy_activities WHERE id = :activity_id FOR SHARE")

    def share(session: Session, activity_id: int) -> None:
        row.first(session, activity_id=activity_id)

    monkeypatch.setattr(taking, "share_openings", share)
    found, verdicts = end_against_openings(app)
    assert found == ["SeatPlaced", "NoneType", "SeatPlaced"]
    assert verdicts == ["fail", "fail"]
