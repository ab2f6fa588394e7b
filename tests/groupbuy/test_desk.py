"""What staff do with teams by hand: form, fail, remove a member, try again."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.groupbuy.desk.by_hand import fail_team, form_team
from mall.groupbuy.desk.members import remove_member, retry_member
from mall.groupbuy.errors import GroupMemberNotFound, GroupTeamNotFound, GroupTeamStands
from mall.groupbuy.teams.closing import close_due_teams
from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.payments.closing import close_due_orders
from tests.support.groupbuy import (
    carry_out_all,
    expire,
    joined,
    make_activity,
    members_of,
    opened,
    opening,
    pay_seat,
    placed,
    seats_of,
    sku_of,
    team_by_code,
    team_of,
)
from tests.support.invariants import check_invariants
from tests.support.orders import make_buyer, order_of


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def rows(statement: str, **values: Any) -> list[Any]:
    """What the database says, as tuples."""
    with transaction() as session:
        return [tuple(row) for row in session.execute(text(statement), values)]


def steps_of(team_id: int) -> list[Any]:
    """(from, to, cause, reason) of a team's history."""
    return rows(
        "SELECT from_status, to_status, cause, reason FROM groupbuy_transitions"
        " WHERE team_id = :id ORDER BY id",
        id=team_id,
    )


def audited(action: str) -> list[Any]:
    """The targets of an action's audit rows."""
    return [
        int(target)
        for (target,) in rows(
            "SELECT target_id FROM audit_entries WHERE action = :action ORDER BY id", action=action
        )
    ]


def test_a_team_formed_by_hand_has_its_missing_seats_filled_and_goes_on() -> None:
    team_id = opened(make_activity({3: 9_000, 5: 8_000}))
    order_no = joined(team_id, paid=False)
    form_team(team_id, "老客户")
    form_team(team_id, "老客户")
    assert seats_of(team_id) == ("formed", 1, 1, 1)
    assert steps_of(team_id)[-1] == ("forming", "formed", "staff", "老客户")
    assert audited("group_team.form") == [team_id]
    pay_seat(order_no)
    joined(team_id)
    carry_out_all()
    assert order_of(order_no).hold_reason is None
    expire(team_id)
    carry_out_all()
    assert (team_of(team_id).status, team_of(team_id).tier_size) == ("settled", 3)
    check_invariants()


def test_a_team_failed_by_hand_gives_everything_back_once_nobody_is_unpaid() -> None:
    team_id = opened(make_activity({3: 9_000}))
    paid, unpaid = joined(team_id), joined(team_id, paid=False)
    fail_team(team_id, "缺货")
    fail_team(team_id, "缺货")
    close_due_teams()
    assert seats_of(team_id)[:3] == ("forming", 1, 2)
    run_pending()
    close_due_orders()
    close_due_teams()
    carry_out_all()
    assert team_of(team_id).status == "failed"
    assert order_of(unpaid).status == "closed"
    assert order_of(paid).refunding_fen == order_of(paid).paid_fen > 0
    assert steps_of(team_id)[-1] == ("forming", "failed", "decided", "缺货")
    assert audited("group_team.fail") == [team_id]
    check_invariants()


def test_a_team_whose_leader_hasnt_paid_can_be_failed() -> None:
    activity_id = make_activity()
    seat = placed(make_buyer(), opening(activity_id), sku_id=sku_of(activity_id))
    team_id = team_by_code(seat.team_code).id
    fail_team(team_id, "违规")
    pay_seat(seat.order_no)
    close_due_teams()
    carry_out_all()
    assert team_of(team_id).status == "failed"
    assert order_of(seat.order_no).refunding_fen > 0
    check_invariants()


def test_what_is_formed_or_over_stands() -> None:
    team_id = opened(make_activity({2: 9_000}))
    joined(team_id)
    with pytest.raises(GroupTeamStands):
        fail_team(team_id, "缺货")
    expire(team_id)
    for move in (fail_team, form_team):
        with pytest.raises(GroupTeamStands):
            move(team_id, "缺货")
    failed = opened(make_activity({2: 9_000}))
    fail_team(failed, "缺货")
    with pytest.raises(GroupTeamStands):
        form_team(failed, "还是成团")
    with pytest.raises(GroupTeamNotFound):
        form_team(0, "没有")


def test_a_member_who_is_removed_gets_all_back_and_the_seat_is_free() -> None:
    leader = make_buyer()
    team_id = opened(make_activity({3: 9_000}), leader)
    order_no, unpaid = joined(team_id), joined(team_id, paid=False)
    leading, paid, waiting = members_of(team_id)
    for member in (paid, paid, waiting):
        remove_member(team_id, member.id, "刷单")
    assert seats_of(team_id) == ("forming", 0, 1, 0)
    assert order_of(order_no).refunding_fen == order_of(order_no).paid_fen
    assert order_of(unpaid).status == "closed"
    assert audited("group_member.remove") == [paid.id]
    assert steps_of(team_id)[-1] == ("forming", "forming", "member_removed", "刷单")
    second = make_buyer()
    joined(team_id, second)
    remove_member(team_id, leading.id, "刷单")
    assert team_of(team_id).leader_id == second.user_id
    with pytest.raises(GroupMemberNotFound):
        remove_member(team_id + 1, leading.id, "刷单")
    check_invariants()


def test_nobody_is_removed_from_a_formed_team() -> None:
    team_id = opened(make_activity({2: 9_000}))
    joined(team_id)
    with pytest.raises(GroupTeamStands):
        remove_member(team_id, members_of(team_id)[0].id, "刷单")


def test_a_stuck_member_is_tried_again_and_what_refuses_is_kept() -> None:
    team_id = opened(make_activity({2: 9_000}))
    joined(team_id)
    member = members_of(team_id)[0]
    change = text("UPDATE groupbuy_members SET due = :due WHERE id = :id")
    with transaction() as session:  # its team has no tier yet, so this fails
        session.execute(change, {"due": "settle", "id": member.id})
    retry_member(member.id)
    stuck = members_of(team_id)[0]
    assert (stuck.due, stuck.due_tries) == ("settle", 1)
    assert stuck.due_error
    with transaction() as session:
        session.execute(change, {"due": "release", "id": member.id})
    retry_member(member.id)
    retry_member(member.id)
    assert members_of(team_id)[0].due is None
    assert audited("group_member.retry") == [member.id] * 2
