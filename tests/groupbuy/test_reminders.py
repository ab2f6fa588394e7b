"""Messages to members of teams: once each, and only while there is something to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.reminders import settings, telling
from mall.groupbuy.reminders.kinds import ENDING
from mall.groupbuy.reminders.reminding import remind_batch
from mall.groupbuy.teams.models import GroupTeam
from mall.groupbuy.teams.moving import decide
from mall.groupbuy.teams.states import FAIL, Cause
from mall.kernel.db import db_now, transaction
from mall.messages.models import InboxMessage, Message
from mall.settings import MessageTemplate, Setting
from tests.support.groupbuy import expire, joined, make_activity, opened, team_of
from tests.support.invariants import check_invariants
from tests.support.messages import TEMPLATE, allow, received
from tests.support.orders import Buyer, make_buyer
from tests.support.servers import LiveServer
from tests.support.settings import set_setting, set_template, without_quiet_hours
from tests.support.users import make_address, make_shopper
from tests.support.wechat import control

Work = Callable[[], None]
LONG = 24 * 60


@pytest.fixture(autouse=True)
def _by_day(app: Flask) -> None:
    """No hour is quiet."""
    without_quiet_hours()


def ends_in(team_id: int, minutes: int) -> None:
    with transaction() as session:
        ends = db_now(session) + timedelta(minutes=minutes)
        session.execute(update(GroupTeam).where(GroupTeam.id == team_id).values(expires_at=ends))


def told(kind: str) -> Counter[int]:
    """Who has how many messages of a kind."""
    with transaction() as session:
        return Counter(session.scalars(select(Message.user_id).where(Message.kind == kind)))


def inbox(user_id: int) -> list[str]:
    """Titles and texts, the oldest first."""
    with transaction() as session:
        rows = session.execute(
            select(InboxMessage.title, InboxMessage.body)
            .where(InboxMessage.user_id == user_id)
            .order_by(InboxMessage.id)
        )
        return [f"{row.title}：{row.body}" for row in rows]


def said(team_id: int, user_id: int) -> str | None:
    with transaction() as session:
        content = ENDING.write(session, str(team_id), user_id)
    return content.body if content else None


def test_members_of_a_nearly_complete_team_are_reminded_once() -> None:
    activity_id = make_activity({3: 9_000}, team_open_min=LONG)
    leader, member = make_buyer(), make_buyer()
    team_id = opened(activity_id, leader)
    ends_in(team_id, 100)
    assert remind_batch() == 0, "two are missing"
    joined(team_id, member)
    ends_in(team_id, 125)
    assert remind_batch() == 0, "there is time"
    ends_in(team_id, 100)
    assert remind_batch() == 1
    assert remind_batch() == 0
    assert told("group_ending") == {leader.user_id: 1, member.user_id: 1}
    assert "还差 1 人" in inbox(leader.user_id)[0]
    assert team_of(team_id).reminded_at is not None


def test_who_has_not_paid_is_not_reminded_and_a_taken_seat_is_not_missing() -> None:
    leader, unpaid = make_buyer(), make_buyer()
    team_id = opened(make_activity({2: 9_000}, team_open_min=LONG), leader)
    joined(team_id, unpaid, paid=False)
    ends_in(team_id, 100)
    assert remind_batch() == 0, "the last seat is taken"
    leave_team(unpaid.user_id, team_id)
    assert remind_batch() == 1
    assert told("group_ending") == {leader.user_id: 1}


def test_a_short_team_is_reminded_in_the_second_half_of_its_time() -> None:
    team_id = opened(make_activity({2: 9_000}, team_open_min=60))
    assert remind_batch() == 0
    ends_in(team_id, 29)
    assert remind_batch() == 1


def test_how_many_and_how_early_are_settings() -> None:
    team_id = opened(make_activity({3: 9_000}, team_open_min=LONG))
    ends_in(team_id, 300)
    set_setting(settings.REMIND_WITHIN_MIN, 360)
    assert remind_batch() == 0
    set_setting(settings.REMIND_MISSING, 0)
    assert remind_batch() == 0
    set_setting(settings.REMIND_MISSING, 2)
    assert remind_batch() == 1


@pytest.mark.parametrize("how", ["joined", "decided", "over"])
def test_nothing_is_said_of_a_team_that_nobody_waits_for(how: str) -> None:
    leader = make_buyer()
    team_id = opened(make_activity({2: 9_000}, team_open_min=LONG), leader)
    ends_in(team_id, 100)
    assert said(team_id, leader.user_id)
    assert said(team_id, make_buyer().user_id) is None, "a stranger"
    if how == "joined":
        joined(team_id)
    elif how == "decided":
        with transaction() as session:
            decide(session, [team_id], FAIL, Cause("staff"))
    else:
        ends_in(team_id, -1)
    assert said(team_id, leader.user_id) is None
    assert remind_batch() == 0


def test_members_hear_that_it_is_formed_and_what_comes_back(work: Work) -> None:
    buyers = [make_buyer() for _ in range(5)]
    team_id = opened(make_activity(), buyers[0])
    joined(team_id, buyers[1], units=2)
    work()
    for buyer in buyers[2:]:
        joined(team_id, buyer)
    expire(team_id)
    work()
    assert told("group_formed") == {buyer.user_id: 1 for buyer in buyers[:2]}
    assert told("group_difference") == {buyer.user_id: 1 for buyer in buyers}
    assert "达到 5 人价，差价 10.00元将原路退回" in inbox(buyers[0].user_id)[-1]
    assert "差价 20.00元将原路退回" in inbox(buyers[1].user_id)[-1]
    check_invariants()


def test_who_gets_nothing_back_hears_nothing_of_it(work: Work) -> None:
    leader, member = make_buyer(), make_buyer()
    activity_id = make_activity({2: 9_000, 3: 8_000}, leader_price_fen=8_000)
    team_id = opened(activity_id, leader)
    joined(team_id, member)
    joined(team_id)
    work()
    assert len(inbox(member.user_id)) == 2
    assert [one for one in inbox(leader.user_id) if "差价" in one] == []
    first_tier = opened(make_activity({2: 9_000, 3: 8_000}))
    joined(first_tier)
    expire(first_tier)
    work()
    assert len(told("group_difference")) == 3, "of the first tier nobody is told"


def test_who_paid_for_a_failed_team_hears_what_comes_back(work: Work) -> None:
    leader, gone = make_buyer(), make_buyer()
    team_id = opened(make_activity({3: 9_000}), leader, units=2)
    joined(team_id, gone)
    leave_team(gone.user_id, team_id)
    expire(team_id)
    work()
    assert told("group_failed") == {leader.user_id: 1}
    assert "已付的 180.00元将原路全额退回" in inbox(leader.user_id)[-1]


def test_a_leader_hears_of_the_first_who_join(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "FIRST_JOINERS", 2)
    leader = make_buyer()
    team_id = opened(make_activity({5: 9_000}), leader)
    for _ in range(3):
        joined(team_id)
        work()
    assert told("group_joined") == {leader.user_id: 2}
    assert "已有 3 人，还差 2 人" in inbox(leader.user_id)[-1]
    joined(team_id)
    work()
    assert told("group_joined") == {leader.user_id: 2}, "it is formed"


def test_a_large_team_is_told_in_batches(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 2)
    team_id = opened(make_activity({5: 9_000}))
    for _ in range(4):
        joined(team_id)
    work()
    assert sorted(told("group_formed").values()) == [1] * 5


def reachable_buyer(simulator: LiveServer) -> tuple[Buyer, str]:
    """A buyer who allows two messages of the template, and the openid."""
    openid = control(simulator, "/login-codes")["openid"]
    user_id, token = make_shopper(openid=openid)
    allow(user_id, 2)
    control(simulator, "/grants", openid=openid, template_id=TEMPLATE, count=2)
    return Buyer(user_id, token, make_address(user_id)), openid


@pytest.mark.parametrize(
    ("template", "sizes", "joins"),
    [
        (settings.ENDING_TEMPLATE, (2,), 0),
        (settings.FORMED_TEMPLATE, (2,), 1),
        (settings.FAILED_TEMPLATE, (3,), 1),
        (settings.DIFFERENCE_TEMPLATE, (2, 3), 2),
        (settings.JOINED_TEMPLATE, (3,), 1),
    ],
    ids=["ending", "formed", "failed", "difference", "joined"],
)
def test_wechat_takes_what_each_template_says(
    template: Setting[MessageTemplate],
    sizes: tuple[int, ...],
    joins: int,
    simulator: LiveServer,
    work: Work,
) -> None:
    """Its keys have limits of length and of signs."""
    control(simulator, "/reset")
    set_template(template, TEMPLATE, page="pages/team?code={team_code}")
    leader, openid = reachable_buyer(simulator)
    tiers = {size: 9_000 - 100 * size for size in sizes}
    team_id = opened(make_activity(tiers, team_open_min=LONG), leader)
    ends_in(team_id, 90)
    remind_batch()
    for _ in range(joins):
        work()
        joined(team_id)
    work()
    expire(team_id)
    work()
    (message,) = received(simulator, openid)
    assert message["page"] == f"pages/team?code={team_of(team_id).code}"
    assert set(message["data"]) == set(template.default.fields.values())
