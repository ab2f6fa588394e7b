"""Lotteries over HTTP: what staff compose and publish, what everybody sees, what shoppers do."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.compliance.campaigns import SHARED
from mall.compliance.models import ComplianceVerdict
from mall.compliance.rules import PASSED, judge
from mall.kernel.clock import utc_now
from mall.kernel.db import transaction
from mall.lottery.campaigns.describing import describe, grounds_of
from mall.missions.board.shopper_triggers import CHECK_IN
from mall.rewards.commands import change_rule, create_rule
from mall.rewards.schemas import RewardRuleInSchema
from mall.staff.models import AuditEntry
from tests.lottery.tables import nothing, table, won
from tests.support.board import gift, mission
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.lottery import (
    ADMIN,
    NONCE,
    SHOPPER,
    begin,
    chance_rule,
    chances,
    lottery_terms,
    points_rule,
    prize,
    published,
    running_lottery,
    thanks,
)
from tests.support.points import figures, give
from tests.support.staff import make_staff
from tests.support.users import make_shopper


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("lottery:read", "lottery:write", "lottery:publish"))


def compose(staff: Http, *prizes: dict[str, Any], **more: Any) -> str:
    made = staff.post(ADMIN, lottery_terms(*prizes, **more))
    assert made.status_code == 201, made.get_json()
    return str(made.get_json()["id"])


def publish(staff: Http, lottery_id: str, **more: Any) -> Any:
    body = {"replaces": 1, "accept_warnings": True, **more}
    return staff.post(f"{ADMIN}/{lottery_id}/publication", body)


def test_from_draft_to_the_revealed_secret(app: Flask, http: Http, staff: Http) -> None:
    user_id, token = make_shopper(nickname="小明")
    me = http.as_(token)
    terms = lottery_terms(prize(points_rule(30), weight=1, name="三十积分"), thanks(1))
    lottery_id = str(staff.post(ADMIN, terms).get_json()["id"])
    path, shop = f"{ADMIN}/{lottery_id}", f"{SHOPPER}/{lottery_id}"
    assert error_code(http.get(shop)) == "lottery_not_found", "a draft is nobody's to see"
    changed = staff.put(path, {**terms, "name": "双十一抽奖", "replaces": 1}).get_json()
    assert (changed["name"], changed["revision"], changed["state"]) == ("双十一抽奖", 2, "draft")
    cost = staff.get(f"{path}/preview", draws=100).get_json()
    assert (cost["draws"], cost["worst_fen"]) == (100, 3_000)
    assert cost["expected_fen"] == 1_500
    assert error_code(publish(staff, lottery_id)) == "lottery_changed"
    assert publish(staff, lottery_id, replaces=2).get_json()["state"] == "upcoming"
    shown = http.get(shop).get_json()
    assert hashlib.sha256(shown["versions"][0]["canonical"].encode()).hexdigest() == shown["digest"]
    assert (shown["secret"], shown["state"], shown["drawn"]) == (None, "upcoming", 0)
    assert [one["odds"] for one in shown["prizes"]] == ["1/2", "1/2"]
    assert [one["id"] for one in http.get(SHOPPER).get_json()["items"]] == [lottery_id]
    begin(int(lottery_id))
    chances(user_id, int(lottery_id), 30)
    made = [me.post(f"{shop}/draws", {"nonce": f"{NONCE}-{one}"}).get_json() for one in range(30)]
    wins = [one["number"] for one in made if one["kind"] == "reward"]
    assert figures(user_id)[0] == 30 * len(wins)
    winners = http.get(f"{shop}/winners", limit=100).get_json()["items"]
    assert [one["number"] for one in winners] == wins[::-1]
    assert {(one["nickname"], one["prize"]) for one in winners} == {("小**", "三十积分")}
    first = http.get(f"{shop}/proofs", limit=20).get_json()
    rest = http.get(f"{shop}/proofs", cursor=first["next_cursor"]).get_json()
    rows = first["items"] + rest["items"]
    assert [one["random"] for one in rows] == [one["random"] for one in made]
    own = me.get(f"{shop}/draws", limit=5).get_json()["items"]
    assert [one["number"] for one in own] == [30, 29, 28, 27, 26]
    standing = me.get(f"{shop}/standing").get_json()
    assert (standing["given"], standing["drawn"], standing["drawn_today"]) == (0, 30, 30)
    assert standing["shopper"] == rows[0]["shopper"]
    told = staff.get(f"{path}/figures").get_json()
    assert (told["draws"], told["shoppers"], told["wins"]) == (30, 1, len(wins))
    assert [one["won"] for one in told["prizes"]] == [len(wins), 30 - len(wins)]
    assert told["p_value"] > 1e-6
    sheet = staff.get(f"{path}/proofs", format="csv")
    assert sheet.get_data(as_text=True).count("\n") == 31
    ended = staff.post(f"{path}/end", {"reason": "提前结束"}).get_json()
    assert (ended["state"], ended["end_reason"]) == ("over", "提前结束")
    shown = http.get(shop).get_json()
    secret = bytes.fromhex(shown["secret"])
    assert hashlib.sha256(secret).hexdigest() == shown["commitment"]
    assert error_code(me.post(f"{shop}/draws", {"nonce": NONCE})) == "lottery_over"
    check_invariants()


def test_a_repeated_draw_is_one(app: Flask, http: Http) -> None:
    user_id, token = make_shopper()
    lottery_id = running_lottery()
    chances(user_id, lottery_id, 2)
    path = f"{SHOPPER}/{lottery_id}/draws"
    first, again = (
        http.as_(token).post(path, {"nonce": NONCE}, key="the-same-key") for _ in range(2)
    )
    assert first.get_json() == again.get_json()
    assert http.as_(token).get(f"{SHOPPER}/{lottery_id}/standing").get_json()["given"] == 1


def test_buying(app: Flask, http: Http) -> None:
    user_id, token = make_shopper()
    give(user_id, 50)
    lottery_id = running_lottery(price_points=10)
    path = f"{SHOPPER}/{lottery_id}/chances"
    bought = http.as_(token).post(path, {"count": 3, "points": 10})
    assert (bought.status_code, bought.get_json()["bought"]) == (201, 3)
    assert error_code(http.as_(token).post(path, {"count": 3, "points": 10})) == "points_short"
    assert figures(user_id)[0] == 20
    check_invariants()


def test_published_terms_change_in_favour_only(app: Flask, http: Http, staff: Http) -> None:
    rule_id = points_rule()
    terms = lottery_terms(prize(rule_id, weight=1), thanks(9), daily_draws=2)
    lottery_id = str(staff.post(ADMIN, terms).get_json()["id"])
    path = f"{ADMIN}/{lottery_id}"
    new = {**terms, "replaces": 1, "accept_warnings": True}
    assert error_code(staff.post(f"{path}/versions", new)) == "lottery_not_published"
    publish(staff, lottery_id)
    assert error_code(staff.put(path, {**terms, "replaces": 2})) == "lottery_published"
    assert error_code(publish(staff, lottery_id)) == "lottery_published"
    worse = {
        **new,
        "replaces": 2,
        "daily_draws": 1,
        "prizes": [prize(rule_id, weight=1), thanks(10)],
    }
    refused = staff.post(f"{path}/versions", worse)
    assert error_code(refused) == "lottery_not_in_favour"
    assert (
        "每日抽奖次数上限不能降低；奖品“积分”的中奖概率不能降低"
        in (refused.get_json()["error"]["message"])
    )
    better = {**new, "replaces": 2, "daily_draws": 3}
    assert error_code(staff.post(f"{path}/versions", {**better, "replaces": 1})) == (
        "lottery_changed"
    )
    made = staff.post(f"{path}/versions", better).get_json()
    assert (made["version"], [one["from_draw"] for one in made["versions"]]) == (2, [1, 1])
    assert http.get(f"{SHOPPER}/{lottery_id}").get_json()["daily_draws"] == 3
    with transaction() as session:
        verbs = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.target_type == "lottery")
            .order_by(AuditEntry.id)
        ).all()
        versions = session.scalars(
            select(ComplianceVerdict.version).where(ComplianceVerdict.kind == "lottery")
        ).all()
    assert verbs == ["lottery.create", "lottery.publish", "lottery.improve"]
    assert sorted(versions) == [1, 2]
    check_invariants()


@pytest.mark.parametrize(
    ("worth_fen", "code"), [(5_000_000, None), (5_000_001, "campaign_refused")]
)
def test_a_top_prize_has_its_limit(staff: Http, worth_fen: int, code: str | None) -> None:
    lottery_id = compose(staff, prize(weight=1, worth_fen=worth_fen), thanks())
    published_as = publish(staff, lottery_id)
    assert (published_as.status_code == 200) == (code is None)
    if code:
        assert error_code(published_as) == code


def test_what_a_prize_costs_counts_as_its_worth(staff: Http) -> None:
    """Points for more than 50,000 yuan, said to be worth nothing."""
    dear = create_rule(
        **RewardRuleInSchema().load(
            {"name": "大奖", "reward": [{"kind": "points", "count": 1_000_000}] * 6}
        )
    )
    lottery_id = compose(staff, prize(dear.id, weight=1, worth_fen=1), thanks())
    assert error_code(publish(staff, lottery_id)) == "campaign_refused"


def test_what_missions_give_chances_for_is_asked_about(app: Flask, staff: Http) -> None:
    """A mission for sharing is refused itself; should one be there, so is the lottery."""
    lottery_id = int(compose(staff))
    mission(
        trigger="check_in", measure="days", rule_ids=[str(chance_rule(lottery_id)), str(gift())]
    )
    mission(trigger="check_in", measure="days", rule_ids=[str(chance_rule(int(compose(staff))))])
    with transaction() as session:
        assert grounds_of(session, lottery_id) == (CHECK_IN.ground,)
    one = table(won(weight=1), nothing())
    assert judge(describe(one, [10, 0], (CHECK_IN.ground,))).result == PASSED
    verdict = judge(describe(one, [10, 0], (CHECK_IN.ground, SHARED)))
    assert [found.rule for found in verdict.findings] == ["chance_for_sharing"]


def test_it_is_published_before_its_start(staff: Http) -> None:
    now = utc_now()
    past = compose(staff, starts_at=(now - timedelta(minutes=1)).isoformat())
    assert error_code(publish(staff, past)) == "lottery_times_invalid"
    backwards = lottery_terms(ends_at=now.isoformat())
    assert error_code(staff.post(ADMIN, backwards)) == "lottery_times_invalid"


def test_pausing_and_ending(app: Flask, staff: Http) -> None:
    lottery_id = compose(staff)
    path = f"{ADMIN}/{lottery_id}"
    assert error_code(staff.put(f"{path}/pause", {"paused": True})) == "lottery_not_published"
    publish(staff, lottery_id)
    begin(int(lottery_id))
    paused = [staff.put(f"{path}/pause", {"paused": one}).get_json() for one in (True, True, False)]
    assert [one["state"] for one in paused] == ["paused", "paused", "running"]
    staff.post(f"{path}/end", {"reason": "结束"})
    assert error_code(staff.post(f"{path}/end", {"reason": "结束"})) == "lottery_over"
    with transaction() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-3:] == ["lottery.pause", "lottery.resume", "lottery.end"]


def test_prizes_that_could_not_be_given(app: Flask, http: Http, staff: Http) -> None:
    user_id, token = make_shopper()
    rule_id = points_rule()
    lottery_id = running_lottery(prize(rule_id, weight=1))
    body = {"name": "抽奖积分", "reward": [{"kind": "points", "count": 10}]}
    change_rule(rule_id, **RewardRuleInSchema().load({**body, "enabled": False}))
    chances(user_id, lottery_id, 2)
    http.as_(token).post(f"{SHOPPER}/{lottery_id}/draws", {"nonce": NONCE})
    path = f"{ADMIN}/{lottery_id}/draws"
    (refused,) = staff.get(path, refused="true").get_json()["items"]
    assert (refused["refusal"], refused["user_id"]) == ("reward_rule_paused", str(user_id))
    change_rule(rule_id, **RewardRuleInSchema().load(body))
    assert staff.post(f"{path}/1/prize").status_code == 204
    assert error_code(staff.post(f"{path}/1/prize")) == "lottery_prize_not_refused"
    assert error_code(staff.post(f"{path}/2/prize")) == "lottery_draw_not_found"
    (given,) = staff.get(path, user_id=str(user_id)).get_json()["items"]
    assert given["grant_id"] is not None
    check_invariants()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"prizes": [{**thanks(1), "count": 1}]}, "validation_failed"),
        ({"prizes": [{**thanks(1), "weight": None}]}, "validation_failed"),
        ({"prizes": [{**thanks(1), "kind": "reward"}]}, "lottery_table_invalid"),
        ({"prizes": [thanks(1)]}, "lottery_table_invalid"),
        (
            {"prizes": [{**thanks(1), "kind": "reward", "rule_id": "987654"}]},
            "lottery_rule_unknown",
        ),
        ({"prizes": [{**thanks(1), "worth_fen": 5}]}, "lottery_table_invalid"),
        ({"tickets": 5}, "lottery_table_invalid"),
        ({"guarantee": {"draws": 3, "prize": 9}}, "lottery_table_invalid"),
    ],
)
def test_what_staff_may_write_wrongly(staff: Http, more: dict[str, Any], code: str) -> None:
    assert error_code(staff.post(ADMIN, lottery_terms(**more))) == code


def test_drafts_and_other_lotteries_are_not_found(app: Flask, http: Http, staff: Http) -> None:
    _, token = make_shopper()
    draft = compose(staff)
    for lottery_id in (draft, "987654321"):
        path = f"{SHOPPER}/{lottery_id}"
        calls = [
            *(http.get(f"{path}{part}") for part in ("", "/winners", "/proofs")),
            *(http.as_(token).get(f"{path}/{part}") for part in ("standing", "draws")),
            http.as_(token).post(f"{path}/draws", {"nonce": NONCE}),
            http.as_(token).post(f"{path}/chances", {"points": 1}),
        ]
        assert {error_code(one) for one in calls} == {"lottery_not_found"}
    for part in ("", "/preview", "/draws", "/figures", "/proofs"):
        assert error_code(staff.get(f"{ADMIN}/987654321{part}")) == "lottery_not_found"


def test_odds_are_shown_as_they_are(http: Http, app: Flask) -> None:
    lottery_id = published(prize(count=1, name="大奖"), thanks(3), prize(weight=1), tickets=4)
    lines = http.get(f"{SHOPPER}/{lottery_id}").get_json()["prizes"]
    assert [(one["odds"], one["odds_ppm"], one["left"]) for one in lines] == [
        ("1/4", 250_000, 1),
        ("9/16", 562_500, None),
        ("3/16", 187_500, None),
    ]
