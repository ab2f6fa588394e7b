"""A team race by HTTP: teams are formed, check-ins, a mission and a purchase score, a refund takes
points back, two teams are level at the freezing, and the prizes are given once, though the job is
killed in the middle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from mall.aftersales.jobs import settle_orders
from mall.boards.auditing import audit
from mall.boards.tending import close_due, tend_views
from mall.kernel.db import db, transaction
from tests.support.aftersales import AfterSalesShop
from tests.support.board import mission
from tests.support.dying import Die, dying
from tests.support.http import Http, error_code
from tests.support.missions import plan
from tests.support.points import figures
from tests.support.staff import make_staff
from tests.support.team_races import (
    ADMIN,
    SHOPPER,
    begin,
    finish,
    joined_long_ago,
    make_due,
    points_rule,
    prize,
    race_terms,
    score,
)

FIRST, OTHERS = 300, 50


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.games.races.dying_prizes", environment) as die:
        yield die


class Friend:
    """A shopper who has just come by WeChat, so that WeChat checks what they write."""

    def __init__(self, shop: AfterSalesShop, **more: str) -> None:
        code = shop.control("/login-codes", **more)["code"]
        logged_in = Http(shop.app).post("/api/v1/sessions", {"code": code}).get_json()
        self.http = Http(shop.app).as_(logged_in["token"])
        with transaction() as session:
            self.user_id = int(session.scalars(text("SELECT max(id) FROM users")).one())


def published(shop: AfterSalesShop) -> tuple[int, Http]:
    """A race that staff composed and published, and the staff."""
    staff = Http(shop.app).as_(make_staff("games:read", "games:write", "games:publish"))
    task = mission(period="once", rule_ids=[str(points_rule(1, "任务积分"))])
    scores = [
        score("check_in", 10),
        score("mission", 8, mission_id=str(task)),
        score("purchase", 1),
    ]
    plan(7, ("streak", 7, points_rule(1, "连签积分")))
    prizes = [
        prize(1, 1, points_rule(FIRST, "冠军")),
        prize(2, 3, points_rule(OTHERS, "二三名")),
    ]
    made = staff.post(ADMIN, race_terms(*prizes, scores=scores))
    assert made.status_code == 201, made.get_json()
    race_id = made.get_json()["id"]
    cost = staff.get(f"{ADMIN}/{race_id}/preview").get_json()
    assert cost["worst_fen"] == 3 * FIRST + 2 * 3 * OTHERS
    body = {"replaces": 1, "accept_warnings": True}
    shown = staff.post(f"{ADMIN}/{race_id}/publication", body)
    assert shown.status_code == 200, shown.get_json()
    return int(race_id), staff


def told(http: Http, path: str) -> list[tuple[Any, ...]]:
    """The ranks as a shopper sees them."""
    items = http.get(f"{path}/ranks").get_json()["items"]
    return [(one["rank"], one["name"], one["score"], one["prize"]) for one in items]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_race_with_a_tie(shop: AfterSalesShop, die: Die, when: str) -> None:
    race_id, staff = published(shop)
    path, me = f"{SHOPPER}/{race_id}", Friend(shop, openid=shop.openid).http
    mate, two, three, alone = (Friend(shop) for _ in range(4))

    # Three teams: by an invitation, by being matched, and one on its own.
    made = me.post(f"{path}/team", {"name": "买家队", "matchable": False})
    assert made.status_code == 201, made.get_json()
    code = made.get_json()["code"]
    shown = mate.http.get(f"{path}/invitations/{code}").get_json()
    assert (shown["name"], shown["members"]) == ("买家队", 1)
    assert mate.http.post(f"{path}/team/joining", {"code": code}).status_code == 200
    assert two.http.post(f"{path}/team", {"name": "签到队"}).status_code == 201
    assert three.http.post(f"{path}/team/matching").get_json()["name"] == "签到队"
    assert alone.http.post(f"{path}/team", {"name": "独行队"}).status_code == 201
    joined_long_ago(race_id)
    begin(race_id)

    # The check-ins come first, then the purchase, which completes the mission.
    for one in (two, three, alone):
        assert one.http.post("/api/v1/check-in").status_code == 200
    time.sleep(1.1)  # WeChat tells the moment of a payment to the second
    order_no = shop.sent(2)
    shop.work()
    assert me.post(f"/api/v1/orders/{order_no}/receipt").status_code in {200, 204}
    shop.days_pass(30)
    settle_orders()
    shop.work()
    tend_views()
    assert told(me, path) == [
        (1, "买家队", 32, "冠军"),
        (2, "签到队", 20, "二三名"),
        (3, "独行队", 10, "二三名"),
    ]
    own = me.get(f"{path}/standing", around=1).get_json()
    assert (own["rank"], own["size"], [one["rank"] for one in own["around"]]) == (1, 3, [1, 2])
    members = me.get(f"{path}/team").get_json()["of_members"]
    assert [(one["points"], one["captain"]) for one in members] == [(32, True), (0, False)]

    # The time is over. A unit goes back while refunds are waited for: two teams are level, and
    # the one that had its points first is ahead.
    finish(race_id)
    shop.refunded(order_no, 1)
    shop.work()
    assert [one[1:3] for one in told(me, path)] == [("签到队", 20), ("买家队", 20), ("独行队", 10)]
    assert http_state(me, path) == "counting"

    # The freezing, with a kill in the middle, and again.
    make_due(race_id)
    die(f"boards.{when}_award_commit", "sweep", "")
    given = len(prizes(staff, race_id))
    assert given == (2 if when == "after" else 0), "the first rank's, or none"
    for _ in range(3):
        close_due()
    rows = prizes(staff, race_id)
    assert [(one["rank"], int(one["user_id"])) for one in rows] == [
        *((1, one.user_id) for one in (two, three)),
        *((2, one) for one in sorted([shop.user_id, mate.user_id])),
        (3, alone.user_id),
    ]
    assert all(one["grant_id"] for one in rows)
    assert [figures(one.user_id)[0] for one in (two, three, alone)] == [FIRST, FIRST, OTHERS]
    assert figures(mate.user_id)[0] == OTHERS
    assert http_state(me, path) == "frozen"

    # What goes back now changes nothing, and staff see it.
    shop.let_time_pass(2)
    shop.refunded(order_no, 1)
    shop.work()
    assert [one[1:3] for one in told(me, path)] == [("签到队", 20), ("买家队", 20), ("独行队", 10)]
    late = staff.get(f"{ADMIN}/{race_id}/entries", late="true").get_json()["items"]
    assert {(one["kind"], one["points"], one["late_points"]) for one in late} == {
        ("purchase", 12, 0),
        ("mission", 8, 0),
    }
    found = audit(board_of_race(race_id))
    assert found is not None
    assert found.holds
    figure = staff.get(f"{ADMIN}/{race_id}/figures").get_json()
    assert (figure["teams"], figure["members"], figure["given"]) == (3, 5, 5)
    assert [(one["entries"], one["points"], one["late"]) for one in figure["scores"]] == [
        (3, 30, 0),
        (1, 8, 1),
        (1, 12, 1),
    ]
    assert error_code(alone.http.delete(f"{path}/team")) == "race_over"


def prizes(staff: Http, race_id: int) -> list[dict[str, Any]]:
    """How the prizes went, page by page."""
    db.session.rollback()
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        shown = staff.get(f"{ADMIN}/{race_id}/prizes", limit=2, **cursor).get_json()
        found += shown["items"]
        if shown["next_cursor"] is None:
            return found
        cursor = {"cursor": shown["next_cursor"]}


def http_state(http: Http, path: str) -> str:
    return str(http.get(path).get_json()["state"])


def board_of_race(race_id: int) -> int:
    with transaction() as session:
        query = text("SELECT board_id FROM races WHERE id = :id")
        return int(session.scalars(query, {"id": race_id}).one())
