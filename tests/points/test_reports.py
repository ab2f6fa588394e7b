"""Reports of points: their sums are those of the accounts, and they read roll-ups only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import transaction
from mall.points.ledger.expiring import expire_batch
from mall.points.reports import queries
from mall.points.reports.rolling_up import roll_up, sum_day
from mall.points.settings import PER_YUAN
from mall.rewards.commands import create_rule
from mall.rewards.granting import Source, grant
from mall.rewards.reversing import reverse_for
from mall.rewards.schemas import RewardRuleInSchema
from mall.users.closing import close_account
from mall.users.erasing import erase_at_once
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.points import figures, give, give_back, hold, make_due, reverse, settle
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.statements import sent_statements
from tests.support.users import make_shopper

PATH = "/admin/api/v1/points-reports"


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("points:report"))


def days_pass(count: int) -> None:
    """What happened so far is `count` days older."""
    with transaction() as session:
        for table in ("points_entries", "points_lots"):
            session.execute(
                text(f"UPDATE {table} SET created_at = created_at - CAST(:by AS interval)"),
                {"by": f"{count} days"},
            )


def months() -> dict[str, str]:
    """A year until this month."""
    today = shop_day(utc_now())
    return {"first": f"{today - timedelta(days=330):%Y-%m}", "last": f"{today:%Y-%m}"}


def busy_shop() -> list[int]:
    """Shoppers whose points went each way, the last day of it yesterday."""
    spender, loser, leaver, debtor = (make_shopper()[0] for _ in range(4))
    give(spender, 100, days=400)
    give(spender, 7, days=None)
    give(spender, 5, frozen=True)
    days_pass(40)
    hold(spender, "a", 60)
    settle("a")
    hold(spender, "b", 10)
    due = give(loser, 30)
    make_due(due)
    expire_batch()
    days_pass(1)
    give_back("a", 20)
    owed = give(debtor, 50)
    hold(debtor, "c", 45)
    settle("c")
    reverse(owed, Fraction(1, 2))
    give(leaver, 9)
    close_account(leaver)
    erase_at_once(leaver)
    days_pass(1)
    return [spender, loser, leaver, debtor]


def test_what_is_owed_equals_the_accounts(staff: Http) -> None:
    set_setting(PER_YUAN, 30)
    shoppers = busy_shop()
    before = staff.get(f"{PATH}/liability").get_json()
    roll_up()
    shown = staff.get(f"{PATH}/liability").get_json()
    assert before.pop("day") == str(shop_day(utc_now())), "not a day that has ended"
    assert before == {name: shown[name] for name in before} | {"taken_at": before["taken_at"]}
    sums = [sum(column) for column in zip(*map(figures, shoppers), strict=True)]
    assert [shown[name] for name in ("available", "frozen", "held", "debt")] == sums
    assert sums == [57, 5, 10, 20]
    assert (shown["outstanding"], shown["value_fen"]) == (72, 240)
    by_month = shown["months"]
    assert sum(one["available"] for one in by_month) == 57
    assert sum(one["frozen"] for one in by_month) == 5
    never = by_month[-1]
    assert never == {"month": None, "available": 7, "frozen": 0, "value_fen": 24}
    rows = staff.get(f"{PATH}/liability/export").get_data(as_text=True).splitlines()
    assert rows[-1] == "合计,57,5,10,2.40"
    today = shop_day(utc_now())
    days = staff.get(f"{PATH}/balances", first=str(today - timedelta(9)), last=str(today))
    assert [(one["day"], one["held"]) for one in days.get_json()["items"]] == [
        (str(today - timedelta(days=1)), 10)
    ]


def test_a_shop_before_its_first_night(staff: Http) -> None:
    owed = staff.get(f"{PATH}/liability").get_json()
    assert [owed[name] for name in ("accounts", "outstanding", "value_fen")] == [0, 0, 0]
    assert owed["months"] == []
    rows = staff.get(f"{PATH}/liability/export").get_data(as_text=True).splitlines()
    assert rows[1:] == ["合计,0,0,0,0.00"]
    for report in ("flows", "rules"):
        assert staff.get(f"{PATH}/{report}", **months()).get_json() == {"items": []}


def test_what_became_of_points_by_month(staff: Http) -> None:
    busy_shop()
    roll_up()
    found = staff.get(f"{PATH}/flows", **months()).get_json()["items"]
    in_all = {name: sum(one[name] for one in found) for name in found[0] if name not in NO_SUMS}
    assert in_all == {
        "granted": 201,
        "spent": 105,
        "returned": 20,
        "expired": 30,
        "forfeited": 9,
        "reversed": 25,
        "net": 52,
        "of_grants_left": 62,
        "of_grants_expired": 39,
        "of_grants_reversed": 25,
    }
    with transaction() as session:
        owed = queries.liability(session)
    assert owed.outstanding - owed.debt == in_all["net"]
    for one in found:
        gone = one["spent"] - one["returned"] + one["expired"] + one["forfeited"]
        assert one["granted"] - gone - one["reversed"] == one["net"]
        assert sum(part["net"] for part in one["kinds"]) == one["net"]
    assert found[0]["granted"] == 112, "the first ones, over a month ago"
    head, *rows = staff.get(f"{PATH}/flows/export", **months()).get_data(as_text=True).splitlines()
    assert (head.count(","), len(rows)) == (11, len(found))


NO_SUMS = {"month", "kinds", "expired_bp"}


def test_rolling_up_again_changes_nothing_and_makes_up_for_lost_nights() -> None:
    busy_shop()
    roll_up()
    first = rolled_up()
    roll_up()
    assert rolled_up() == first
    give(make_shopper()[0], 4)
    days_pass(1)
    with transaction() as session:  # what was summed is older, too
        session.execute(text("UPDATE points_days SET day = day - 1"))
        session.execute(text("DELETE FROM points_balance_days"))
    roll_up()
    assert len(rolled_up()) == len(first) + 1
    sum_day(shop_day(utc_now()) - timedelta(days=500))


def rolled_up() -> list[tuple[object, ...]]:
    with transaction() as session:
        rows = session.execute(text("SELECT * FROM points_days ORDER BY day, kind"))
        return [tuple(row) for row in rows]


def test_what_rules_cost_net_of_reversals(staff: Http) -> None:
    body = {"name": "签到", "reward": [{"kind": "points", "count": 30}]}
    dear = create_rule(**RewardRuleInSchema().load(body)).id
    cheap = create_rule(**RewardRuleInSchema().load({**body, "name": "评价"})).id
    users = [make_shopper()[0] for _ in range(3)]
    with transaction() as session:
        for user_id in users:
            grant(session, user_id, Source(dear, "a"))
        grant(session, users[0], Source(cheap, "b", "order:1"))
    hold(users[0], "x", 50)
    settle("x")
    with transaction() as session:
        reverse_for(session, "order:1", cause="test", share=Fraction(2, 3))
    roll_up()
    found = staff.get(f"{PATH}/rules", **months()).get_json()["items"]
    assert [
        (one["name"], one["grants"], one["points"], one["taken_back"], one["owed"], one["net"])
        for one in found
    ] == [("签到", 3, 90, 0, 0, 90), ("评价", 1, 30, 10, 10, 10)]
    assert found[1]["value_fen"] == 10
    rows = staff.get(f"{PATH}/rules/export", **months(), format="csv").get_data(as_text=True)
    assert rows.splitlines()[1].endswith("签到,3,90,0,0,90,0.90")
    book = staff.get(f"{PATH}/rules/export", **months(), format="xlsx")
    assert book.get_data()[:2] == b"PK"


def test_reports_never_read_the_ledger(staff: Http) -> None:
    busy_shop()
    roll_up()
    with sent_statements() as statements:
        for report in ("liability", "flows", "rules"):
            assert staff.get(f"{PATH}/{report}", **months() if report != "liability" else {})
    read = " ".join(map(str, statements))
    for table in ("points_entries", "points_lots", "points_accounts", "reward_grants"):
        assert f" {table}" not in read


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-13", "2026-12"),
        ("2026-12", "2026-11"),
        ("2026-1", "2026-02"),
        ("2001-01", "2026-01"),
        ("", "2026-01"),
        ("２０２６-01", "2026-02"),
    ],
)
def test_months_that_are_none(staff: Http, first: str, last: str) -> None:
    for report in ("flows", "flows/export", "rules"):
        answer = staff.get(f"{PATH}/{report}", first=first, last=last)
        assert (answer.status_code, error_code(answer)) == (422, "validation_failed")
    assert staff.get(f"{PATH}/balances", first=first, last=str(date.max)).status_code == 422


def test_reports_need_their_own_permission(http: Http) -> None:
    other = http.as_(make_staff("points:read", "points:write", "points:approve"))
    assert other.get(f"{PATH}/liability").status_code == 403
