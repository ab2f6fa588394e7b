"""The till over HTTP: a shopper's code, points given and taken by it, limits, undoing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from mall.kernel.db import db, transaction
from mall.points.settings import APPROVAL_ABOVE
from mall.points.till import settings
from mall.points.till.jobs import forget_till_codes
from mall.points.till.models import TillCode, TillEntry
from mall.shipping.errors import PickupPointInUse
from mall.shipping.points import remove_point
from mall.staff.models import AuditEntry
from mall.users.closing import close_account
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.messages import TEMPLATE, allow, statuses
from tests.support.points import figures, give, hold, make_due, settle
from tests.support.settings import set_setting, set_template
from tests.support.staff import make_staff
from tests.support.till import Clerk, code_of, make_clerks
from tests.support.users import make_shopper


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def clerk(app: Flask) -> Clerk:
    return make_clerks(1)[0]


@pytest.fixture
def till(http: Http, clerk: Clerk) -> Http:
    return http.as_(clerk.token)


@pytest.fixture
def shopper(app: Flask) -> int:
    return make_shopper()[0]


def ask(till: Http, clerk: Clerk, what: str, code: str, points: object, **more: object) -> Any:
    """What staff ask for: (status, error code or answer)."""
    body = {
        "code": code,
        "point_id": str(clerk.point_id),
        "points": points,
        "reason": "到店消费",
        **more,
    }
    answer = till.post(f"/admin/api/v1/till/{what}", body)
    ok = answer.status_code in {200, 201}
    return answer.status_code, answer.get_json() if ok else error_code(answer)


def undo(till: Http, entry_id: object) -> Any:
    answer = till.post(f"/admin/api/v1/till/entries/{entry_id}/undo", {"reason": "输错了"})
    return answer.get_json() if answer.status_code == 200 else error_code(answer)


def test_points_are_given_and_taken_by_the_code_and_the_statement_says_where(
    http: Http, till: Http, clerk: Clerk
) -> None:
    user_id, token = make_shopper()
    me = http.as_(token)
    drawn = me.post("/api/v1/points/till-codes").get_json()
    assert (len(drawn["code"]), drawn["ttl_s"]) == (18, 60)
    status, given = ask(till, clerk, "grants", drawn["code"], 30, receipt_no="0042")
    assert (status, given["available"], given["entry"]["receipt_no"]) == (201, 30, "0042")
    code = me.post("/api/v1/points/till-codes").get_json()["code"]
    status, taken = ask(till, clerk, "deductions", code, 12)
    assert (status, taken["available"], figures(user_id)) == (201, 18, (18, 0, 0, 0))
    lines = me.get("/api/v1/points/entries").get_json()["items"]
    name = given["entry"]["point_name"]
    assert [(one["label"], one["detail"], one["available"]) for one in lines] == [
        ("门店抵扣", name, -12),
        ("门店发放", name, 30),
    ]
    listed = till.get("/admin/api/v1/till/entries", user_id=str(user_id)).get_json()["items"]
    assert [one["direction"] for one in listed] == ["take", "grant"]
    assert "code_hash" not in listed[0]
    with transaction() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-2:] == ["till.grant", "till.take"]


def test_a_code_is_used_once_and_only_the_newest_one(
    till: Http, clerk: Clerk, shopper: int
) -> None:
    old, new = code_of(shopper), code_of(shopper)
    assert ask(till, clerk, "grants", old, 5) == (404, "till_code_unknown")
    assert ask(till, clerk, "grants", new, 5)[0] == 201
    assert ask(till, clerk, "grants", new, 5) == (409, "till_code_used")
    assert figures(shopper) == (5, 0, 0, 0)


def test_a_code_ends_after_a_minute(till: Http, clerk: Clerk, shopper: int) -> None:
    code = code_of(shopper)
    with transaction() as session:
        lasts = session.scalar(select(TillCode.expires_at - text("clock_timestamp()")))
        assert lasts is not None
        assert 50 < lasts.total_seconds() <= 60
        session.execute(text("UPDATE till_codes SET expires_at = clock_timestamp()"))
    assert ask(till, clerk, "grants", code, 5) == (409, "till_code_expired")


def test_a_repeated_request_has_one_effect(till: Http, clerk: Clerk, shopper: int) -> None:
    body = {
        "code": code_of(shopper),
        "point_id": str(clerk.point_id),
        "points": 5,
        "reason": "到店消费",
    }
    path = "/admin/api/v1/till/grants"
    first, second = (till.post(path, body, key="till-0001") for _ in range(2))
    assert first.get_json() == second.get_json()
    assert figures(shopper) == (5, 0, 0, 0)


def test_what_is_refused_leaves_the_code_to_be_used(till: Http, clerk: Clerk, shopper: int) -> None:
    give(shopper, 3)
    code = code_of(shopper)
    assert ask(till, clerk, "deductions", code, 4) == (409, "points_short")
    assert ask(till, clerk, "deductions", code, 3)[0] == 201


def test_a_receipt_is_used_once_a_point_unless_it_was_undone(
    till: Http, clerk: Clerk, shopper: int
) -> None:
    _, first = ask(till, clerk, "grants", code_of(shopper), 5, receipt_no="A1")
    again = code_of(shopper)
    assert ask(till, clerk, "grants", again, 5, receipt_no="A1") == (409, "till_receipt_used")
    assert ask(till, clerk, "deductions", again, 5, receipt_no="A1")[0] == 201
    undo(till, first["entry"]["id"])
    assert ask(till, clerk, "grants", code_of(shopper), 5, receipt_no="A1")[0] == 201


@pytest.mark.parametrize("points", [0, -1, 1.5, 1.0, "7", True, None, 10**10, 2**63])
def test_what_is_no_number_of_points_is_refused(
    till: Http, clerk: Clerk, shopper: int, points: object
) -> None:
    code = code_of(shopper)
    for what in ("grants", "deductions"):
        assert ask(till, clerk, what, code, points) == (422, "validation_failed")


def test_a_receipt_number_or_a_reason_is_needed(till: Http, clerk: Clerk, shopper: int) -> None:
    code = code_of(shopper)
    assert ask(till, clerk, "grants", code, 5, reason=" ") == (422, "validation_failed")
    assert ask(till, clerk, "grants", code, 5, reason="", receipt_no="1")[0] == 201


def test_only_staff_of_the_point_and_only_with_the_permission(
    http: Http, clerk: Clerk, shopper: int
) -> None:
    code = code_of(shopper)
    (other,) = make_clerks(1)
    for token in (other.token, make_staff("*")):
        assert ask(http.as_(token), clerk, "grants", code, 5) == (403, "till_not_here")
    for what, permission in (("grants", "till:take"), ("deductions", "till:grant")):
        staff = http.as_(make_staff(permission))
        assert ask(staff, clerk, what, code, 5) == (403, "not_permitted")


def test_a_closed_and_an_unknown_point(till: Http, clerk: Clerk, shopper: int) -> None:
    code = code_of(shopper)
    nowhere = Clerk(clerk.staff_id, clerk.token, clerk.point_id + 1)
    assert ask(till, nowhere, "grants", code, 5) == (404, "till_point_unknown")
    with transaction() as session:
        session.execute(text("UPDATE pickup_points SET is_open = false"))
    assert ask(till, clerk, "grants", code, 5) == (409, "till_point_closed")


@pytest.mark.parametrize(
    ("limit", "what"),
    [
        (settings.STAFF_GRANT, "grants"),
        (settings.POINT_GRANT, "grants"),
        (settings.SHOPPER_GRANT, "grants"),
        (settings.STAFF_TAKE, "deductions"),
        (settings.POINT_TAKE, "deductions"),
        (settings.SHOPPER_TAKE, "deductions"),
    ],
)
def test_limits_of_a_day(till: Http, clerk: Clerk, shopper: int, limit: Any, what: str) -> None:
    give(shopper, 100)
    set_setting(limit, 10)
    assert ask(till, clerk, what, code_of(shopper), 11) == (409, "till_limit")
    _, first = ask(till, clerk, what, code_of(shopper), 6)
    code = code_of(shopper)
    assert ask(till, clerk, what, code, 5) == (409, "till_limit")
    assert ask(till, clerk, what, code, 4)[0] == 201
    undo(till, first["entry"]["id"])
    assert ask(till, clerk, what, code_of(shopper), 6)[0] == 201, "what was undone is free"
    set_setting(limit, 0)
    assert ask(till, clerk, what, code_of(shopper), 1) == (409, "till_limit")
    other = "deductions" if what == "grants" else "grants"
    assert ask(till, clerk, other, code_of(shopper), 1)[0] == 201, "a limit of its own"


def test_the_till_doesnt_count_for_approvals_of_adjustments(
    http: Http, clerk: Clerk, shopper: int
) -> None:
    set_setting(APPROVAL_ABOVE, 10)
    token = make_staff("points:write", "till:grant")
    with transaction() as session:
        session.execute(
            text("INSERT INTO pickup_clerks SELECT :point, max(id) FROM staff_members"),
            {"point": clerk.point_id},
        )
    staff = http.as_(token)
    assert ask(staff, clerk, "grants", code_of(shopper), 10)[0] == 201
    path = f"/admin/api/v1/shoppers/{shopper}/points-adjustments"
    assert staff.post(path, {"points": 10, "reason": "补偿"}).status_code == 201


def test_what_was_given_is_undone_and_what_is_spent_of_it_is_owed(
    till: Http, clerk: Clerk, shopper: int
) -> None:
    _, given = ask(till, clerk, "grants", code_of(shopper), 10)
    hold(shopper, "a", 4)
    settle("a")
    undone = undo(till, given["entry"]["id"])
    assert (undone["debt"], undone["available"]) == (4, 0)
    assert undone["entry"]["undone_reason"] == "输错了"
    assert undo(till, given["entry"]["id"]) == "till_entry_undone"
    assert figures(shopper) == (0, 0, 0, 4)


def test_what_was_taken_goes_back_to_its_lots(
    http: Http, till: Http, clerk: Clerk, shopper: int
) -> None:
    lot = give(shopper, 10, days=3)
    _, taken = ask(till, clerk, "deductions", code_of(shopper), 10)
    undone = undo(till, taken["entry"]["id"])
    assert (undone["debt"], undone["available"]) == (0, 10)
    make_due(lot)
    path = f"/admin/api/v1/shoppers/{shopper}"
    staff = http.as_(make_staff("points:read"))
    assert staff.get(f"{path}/points").get_json()["available"] == 0, "the lot ends when it did"
    last = staff.get(f"{path}/points-entries").get_json()["items"][0]
    assert (last["label"], last["detail"]) == ("门店撤销", taken["entry"]["point_name"])


def test_the_shopper_is_told_what_a_till_took_and_what_was_undone(
    http: Http, till: Http, clerk: Clerk
) -> None:
    user_id, token = make_shopper()

    def told() -> list[str]:
        found = http.as_(token).get("/api/v1/messages/inbox").get_json()["items"]
        return [one["body"] for one in found]

    _, given = ask(till, clerk, "grants", code_of(user_id), 30)
    assert ask(till, clerk, "deductions", code_of(user_id), 31) == (409, "points_short")
    assert told() == []
    _, taken = ask(till, clerk, "deductions", code_of(user_id), 12)
    place = f"门店「{taken['entry']['point_name']}」"
    undo(till, taken["entry"]["id"])
    undo(till, given["entry"]["id"])
    undo(till, given["entry"]["id"])
    assert told() == [
        f"{place}撤销了一笔积分发放，收回 30 积分。如有疑问请联系门店。",
        f"{place}撤销了一笔积分使用，退回 12 积分。",
        f"您在{place}使用了 12 积分。如有疑问请联系门店。",
    ]


def test_what_was_undone_before_the_message_left_is_not_told_as_taken(
    till: Http, clerk: Clerk, shopper: int, work: Callable[[], None]
) -> None:
    give(shopper, 12)
    set_template(settings.TILL_TEMPLATE, TEMPLATE)
    allow(shopper, 1)
    _, taken = ask(till, clerk, "deductions", code_of(shopper), 12)
    assert statuses() == {"pending": 1}
    undo(till, taken["entry"]["id"])
    work()
    assert statuses() == {"stale": 1, "no_grant": 1}


def test_only_today_s_entries_are_undone_by_staff_of_the_point(
    http: Http, till: Http, clerk: Clerk, shopper: int
) -> None:
    _, given = ask(till, clerk, "grants", code_of(shopper), 10)
    entry_id = given["entry"]["id"]
    assert undo(http.as_(make_clerks(1)[0].token), entry_id) == "till_not_here"
    assert undo(till, int(entry_id) + 1) == "till_entry_not_found"
    move = "UPDATE {} SET day = day {} 1"
    with transaction() as session:
        for table in ("till_entries", "till_days"):
            session.execute(text(move.format(table, "-")))
    assert undo(till, entry_id) == "till_entry_too_old"
    assert figures(shopper) == (10, 0, 0, 0)


def test_a_point_with_entries_can_be_closed_and_not_deleted(
    till: Http, clerk: Clerk, shopper: int
) -> None:
    ask(till, clerk, "grants", code_of(shopper), 5)
    with pytest.raises(PickupPointInUse):
        remove_point(clerk.point_id)


def test_who_leaves_has_no_code_and_gets_nothing(till: Http, clerk: Clerk, shopper: int) -> None:
    code = code_of(shopper)
    close_account(shopper)
    assert ask(till, clerk, "grants", code, 5) == (409, "points_account_closed")


def test_what_was_taken_from_who_left_is_lost_when_it_is_undone(
    till: Http, clerk: Clerk, shopper: int
) -> None:
    give(shopper, 10)
    _, taken = ask(till, clerk, "deductions", code_of(shopper), 10)
    close_account(shopper)
    assert undo(till, taken["entry"]["id"])["available"] == 0


def test_old_codes_and_counts_are_forgotten(till: Http, clerk: Clerk, shopper: int) -> None:
    ask(till, clerk, "grants", code_of(shopper), 5)
    with transaction() as session:
        session.execute(text("UPDATE till_codes SET expires_at = now() - interval '2 days'"))
        for table in ("till_entries", "till_days"):
            session.execute(text(f"UPDATE {table} SET day = day - 31"))
    forget_till_codes()
    db.session.rollback()
    counts = "SELECT (SELECT count(*) FROM till_codes), (SELECT count(*) FROM till_days)"
    with transaction() as session:
        assert tuple(session.execute(text(counts)).one()) == (0, 0)
        assert session.scalars(select(TillEntry.points)).all() == [5]
