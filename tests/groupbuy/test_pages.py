"""What shoppers see: a product's group-buy, teams to join, a team's page, sharing it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.pages.cached import CACHE
from mall.groupbuy.pages.sharing import forget_codes
from mall.groupbuy.teams.models import GroupCode, GroupTeam, GroupVisit
from mall.groupbuy.teams.moving import decide, fill
from mall.groupbuy.teams.states import Cause
from mall.kernel.db import db, db_now, transaction
from mall.sharing.pages.errors import PageNotFound
from mall.sharing.pages.kinds import PAGE_KINDS, shown_page
from mall.users.models import User
from tests.support.catalog import make_sku
from tests.support.groupbuy import (
    carry_out_all,
    expire,
    joined,
    make_activity,
    opened,
    opening,
    placed,
    sets_of,
    sku_of,
    team_by_code,
    team_of,
)
from tests.support.http import Http, error_code
from tests.support.inventory import stock
from tests.support.orders import Buyer, make_buyer
from tests.support.servers import LiveServer
from tests.support.wechat import control

PREFIX = "/api/v1/group-buy"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """No answer of another test."""
    CACHE.clear_local()


def read(http: Http, path: str, who: Buyer | None = None, **query: Any) -> dict[str, Any]:
    """An answer that must be given."""
    answer = (http.as_(who.token) if who else http).get(f"{PREFIX}{path}", **query)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def change(model: Any, row_id: int, **values: Any) -> None:
    with transaction() as session:
        session.execute(update(model).where(model.id == row_id).values(**values))


def spu_of(activity_id: int) -> int:
    with transaction() as session:
        return session.get_one(GroupActivity, activity_id).spu_id


def test_a_product_shows_both_prices_and_the_rules(http: Http) -> None:
    sku_id = stock(make_sku(10_000, name="蚕丝被"), 1_000)
    activity_id = make_activity(
        sku_id=sku_id, stock_units=120, leader_price_fen=8_500, leader_free_freight=True
    )
    shown = read(http, f"/products/{spu_of(activity_id)}")
    assert shown["activity"]["id"] == str(activity_id)
    assert shown["product"]["name"] == "蚕丝被"
    (sku,) = shown["skus"]
    assert (sku["price_fen"], sku["leader_price_fen"], sku["left"]) == (10_000, 8_500, 99)
    (tiers,) = shown["tier_sets"]
    assert [(one["size"], one["prices"][0]["price_fen"]) for one in tiers["tiers"]] == [
        (2, 9_000),
        (5, 8_000),
        (9, 7_000),
    ]
    assert shown["leader_advantages"] == ["团长享专属价", "团长免运费"]
    assert shown["rules"][0].startswith("满 2 人起成团")
    assert "拼团订单不累计积分，不参与佣金及任务奖励" in shown["rules"]
    assert "拼团价不与优惠券、促销、积分抵扣叠加" in shown["rules"]
    assert shown["server_time"] > shown["activity"]["starts_at"]


def test_a_product_shows_the_next_activity_and_none_that_is_over(http: Http) -> None:
    activity_id = make_activity()
    spu_id = spu_of(activity_id)
    with transaction() as session:
        now = db_now(session)
    change(GroupActivity, activity_id, starts_at=now + timedelta(hours=1))
    assert read(http, f"/products/{spu_id}")["activity"]["id"] == str(activity_id)
    assert read(http, "/activities")["items"] == []
    buyer = make_buyer()
    mine = read(http, f"/activities/{activity_id}/mine", buyer)
    assert [one["message"] for one in mine["opening_refusals"]] == ["拼团尚未开始"]
    change(GroupActivity, activity_id, status="ended", ended_at=now)
    CACHE.invalidate()
    assert error_code(http.get(f"{PREFIX}/products/{spu_id}")) == "group_activity_not_found"
    assert error_code(http.get(f"{PREFIX}/products/999999")) == "group_activity_not_found"


def test_running_activities_are_paged(http: Http) -> None:
    with transaction() as session:
        now = db_now(session)
    ids = [make_activity(ends_at=now + timedelta(days=days)) for days in (3, 1, 2)]
    first = read(http, "/activities", limit=2)
    assert [one["id"] for one in first["items"]] == [str(ids[1]), str(ids[2])]
    second = read(http, "/activities", limit=2, cursor=first["next_cursor"])
    assert [one["id"] for one in second["items"]] == [str(ids[0])]
    assert second["next_cursor"] is None
    (last,) = second["items"]
    assert (last["price_fen"], last["first_price_fen"], last["best_price_fen"]) == (
        10_000,
        9_000,
        7_000,
    )
    assert (last["smallest_size"], last["largest_size"], last["left"]) == (2, 9, 50)


def test_a_leader_sees_all_tier_sets_and_one_recommended(http: Http) -> None:
    activity_id = make_activity([{2: 9_000}, {2: 9_000, 6: 8_000}])
    leader = make_buyer()
    mine = read(http, f"/activities/{activity_id}/mine", leader)
    assert [(one["id"], one["recommended"]) for one in mine["tier_sets"]] == [
        (str(set_id), place == 0) for place, set_id in enumerate(sets_of(activity_id))
    ]
    assert mine["recommended_because"] == "默认档位，您也可以选择其他档位"
    assert (mine["opening_refusals"], mine["joining_refusals"], mine["units_left"]) == ([], [], 10)
    team_id = opened(activity_id, leader, units=2)
    mine = read(http, f"/activities/{activity_id}/mine", leader)
    assert [one["code"] for one in mine["unfinished"]] == [team_of(team_id).code]
    assert mine["units_left"] == 8


def in_minutes(team_id: int, minutes: int) -> None:
    """The team's time is up then."""
    with transaction() as session:
        now = db_now(session)
    change(GroupTeam, team_id, expires_at=now + timedelta(minutes=minutes))


def test_teams_to_join_nearly_full_first(http: Http) -> None:
    activity_id = make_activity({3: 9_000, 5: 8_000}, stock_units=200)
    me = make_buyer()

    def team(*, members: int, minutes: int) -> int:
        """A team of so many members, whose time is up in so many minutes."""
        team_id = opened(activity_id)
        for _ in range(members - 1):
            joined(team_id)
        in_minutes(team_id, minutes)
        return team_id

    lacks_two = team(members=1, minutes=5)
    lacks_one_later, lacks_one = team(members=2, minutes=40), team(members=2, minutes=30)
    formed, almost_full = team(members=3, minutes=5), team(members=4, minutes=50)
    # None of these can be joined by me.
    team(members=5, minutes=50)
    in_minutes(team(members=2, minutes=50), 1)
    joined(team(members=1, minutes=50), me)
    opened(activity_id, me)
    placed(make_buyer(), opening(activity_id), sku_id=sku_of(activity_id))
    with transaction() as session:
        decide(session, [team(members=1, minutes=50)], "fail", Cause("staff"))
    wanted = [lacks_one, lacks_one_later, lacks_two, almost_full, formed]
    path = f"/activities/{activity_id}/teams"
    whole = read(http, path, me)
    assert [one["code"] for one in whole["items"]] == [team_of(one).code for one in wanted]
    first = whole["items"][0]
    assert (first["missing"], first["seats_left"], first["paid"]) == (1, 3, 2)
    assert whole["server_time"] < first["expires_at"]
    # Page by page it is the same list.
    found, cursor = [], None
    while True:
        page = read(http, path, me, limit=1, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole["items"]


def test_names_are_masked_and_seats_of_the_shop_are_nobodys(http: Http) -> None:
    activity_id = make_activity({4: 9_000})
    leader, other = make_buyer(), make_buyer()
    change(User, leader.user_id, nickname="爱吃鱼的猫")
    change(User, other.user_id, nickname=None)
    team_id = opened(activity_id, leader)
    joined(team_id, other)
    with transaction() as session:
        fill(session, team_id, 1)
    path = f"/teams/{team_of(team_id).code}"
    shown = read(http, path, make_buyer())
    assert [(one["name"], one["is_leader"]) for one in shown["members"]] == [
        ("爱**", True),
        ("拼友", False),
    ]
    assert shown["seats"] == {"paid": 2, "reserved": 0, "filled_by_shop": 1}
    assert (shown["missing"], shown["status"], shown["can_join"]) == (1, "forming", True)
    assert "爱吃鱼的猫" not in str(shown) + str(read(http, f"{path}/card", other))
    (listed,) = read(http, f"/activities/{activity_id}/teams", make_buyer())["items"]
    assert listed["leader_name"] == "爱**"


def test_a_team_page_says_what_i_pay_and_get_back(http: Http) -> None:
    activity_id = make_activity()
    leader, member = make_buyer(), make_buyer()
    team_id = opened(activity_id, leader)
    path = f"/teams/{team_of(team_id).code}"
    order_no = joined(team_id, member, units=2)
    shown = read(http, path, member)
    assert [(one["my_payable_fen"], one["my_back_fen"]) for one in shown["tiers"]] == [
        (18_000, 0),
        (16_000, 2_000),
        (14_000, 4_000),
    ]
    assert (shown["reached_size"], shown["status"], shown["is_leader"]) == (2, "formed", False)
    assert [one["code"] for one in shown["refusals"]] == ["group_member_already"]
    assert (shown["mine"]["order_no"], shown["mine"]["can_leave"]) == (order_no, False)
    outsider = read(http, path, make_buyer())
    assert (outsider["mine"], outsider["can_join"]) == (None, True)
    assert {one["my_back_fen"] for one in outsider["tiers"]} == {None}
    for _ in range(3):
        joined(team_id)
    expire(team_id)
    # Due, but not given back yet; then given back.
    for _ in range(2):
        shown = read(http, path, member)
        assert [one["my_back_fen"] for one in shown["tiers"]] == [None, 2_000, None]
        assert (shown["status"], shown["reached_size"]) == ("settled", 5)
        carry_out_all()
    assert shown["refusals"][0]["code"] == "group_member_already"


def test_my_teams(http: Http) -> None:
    activity_id = make_activity({3: 9_000})
    me = make_buyer()
    first = opened(activity_id, me)
    leave_team(me.user_id, first)
    second = opened(activity_id)
    joined(second, me)
    unpaid = placed(me, opening(activity_id), sku_id=sku_of(activity_id))
    page = read(http, "/my-teams", me, limit=2)
    assert [one["code"] for one in page["items"]] == [unpaid.team_code, team_of(second).code]
    assert [one["status"] for one in page["items"]] == ["opening", "forming"]
    assert [one["is_leader"] for one in page["items"]] == [True, False]
    (last,) = read(http, "/my-teams", me, limit=2, cursor=page["next_cursor"])["items"]
    assert (last["code"], last["has_seat"]) == (team_of(first).code, False)
    assert last["is_ending"] is True
    assert read(http, "/my-teams", make_buyer())["items"] == []


def test_the_first_look_is_kept_but_not_ones_own(http: Http) -> None:
    leader, member, visitor = make_buyer(), make_buyer(), make_buyer()
    team_id = opened(make_activity(), leader)
    joined(team_id, member)
    path = f"{PREFIX}/teams/{team_of(team_id).code}/visit"
    for buyer in (leader, member, visitor, visitor):
        assert http.as_(buyer.token).put(path).status_code == 204
    with transaction() as session:
        assert list(session.scalars(select(GroupVisit.user_id))) == [visitor.user_id]


def test_a_share_card_and_its_code(http: Http, simulator: LiveServer) -> None:
    activity_id = make_activity({3: 9_000, 5: 8_000})
    me = make_buyer()
    team_id = opened(activity_id, me)
    code = team_of(team_id).code
    card = read(http, f"/teams/{code}/card", me)
    assert card["title"].startswith("还差 2 人成团，低至 ¥80")
    assert card["page_path"] == f"pages/group/team?t={code}"
    assert (card["price_fen"], card["first_price_fen"], card["missing"]) == (10_000, 9_000, 2)
    path = f"{PREFIX}/teams/{code}/code"
    image = http.get(path)
    assert (image.status_code, image.mimetype) == (200, "image/jpeg")
    # It is kept: WeChat isn't asked again.
    control(simulator, "/faults", target="api", kind="http_500", path="/wxa/getwxacodeunlimit")
    assert http.get(path).data == image.data
    other = team_of(opened(activity_id)).code
    assert error_code(http.get(f"{PREFIX}/teams/{other}/code")) == "wechat_unavailable"


def test_codes_of_teams_that_are_over_are_dropped(http: Http) -> None:
    team_id = opened(make_activity({3: 9_000}))
    path = f"{PREFIX}/teams/{team_of(team_id).code}/code"
    assert http.get(path).status_code == 200
    expire(team_id)
    forget_codes()
    assert http.get(path).status_code == 200
    change(GroupTeam, team_id, closed_at=text("clock_timestamp() - interval '2 days'"))
    forget_codes()
    with transaction() as session:
        assert session.scalars(select(GroupCode.team_id)).all() == []
    assert error_code(http.get(path)) == "group_team_over"


def test_pages_that_missions_and_shares_know(app: Flask) -> None:
    activity_id = make_activity({3: 9_000})
    team_id = opened(activity_id)
    session = db.session()
    assert shown_page(session, "group_activity", activity_id).id == activity_id
    assert shown_page(session, "group_team", team_id).id == team_id
    expire(team_id)
    with pytest.raises(PageNotFound):
        shown_page(session, "group_team", team_id)
    assert team_by_code(team_of(team_id).code).id == team_id


def test_posters_show_what_an_activity_and_a_team_offer(app: Flask) -> None:
    activity_id = make_activity({2: 9000, 3: 8000})
    team_id = opened(activity_id)
    of_activity, of_team = (PAGE_KINDS[kind].card for kind in ("group_activity", "group_team"))
    assert of_activity is not None
    assert of_team is not None
    with transaction() as session:
        activity, team = of_activity(session, activity_id), of_team(session, team_id)
        assert of_activity(session, 999) is of_team(session, 999) is None
    assert activity is not None
    assert team is not None
    assert (activity.price_fen, team.price_fen) == (8000, 8000)
    assert activity.title in team.title
    assert activity.picture == team.picture != ""
