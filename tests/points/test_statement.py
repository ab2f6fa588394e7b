"""A shopper's statement for staff: choices, pages, running balance, export."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import transaction
from tests.support.http import Http, error_code
from tests.support.points import figures, give, hold, settle
from tests.support.staff import make_staff
from tests.support.users import make_shopper


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("points:read"))


def busy() -> tuple[int, str]:
    """A shopper with some entries of forty days ago, and others of now; the address."""
    user_id = make_shopper()[0]
    for points in (10, 20):
        give(user_id, points)
    with transaction() as session:
        session.execute(text("UPDATE points_entries SET created_at = now() - interval '40 days'"))
    hold(user_id, "a", 25)
    settle("a")
    give(user_id, 7)
    return user_id, f"/admin/api/v1/shoppers/{user_id}/points-entries"


def pages(staff: Http, path: str, **query: Any) -> list[dict[str, Any]]:
    found, cursor = [], {}
    while True:
        page = staff.get(path, **query, **cursor).get_json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def test_each_line_says_what_was_available_after_it(staff: Http) -> None:
    user_id, path = busy()
    for limit in (1, 2, 20):
        found = pages(staff, path, limit=limit)
        assert [(one["kind"], one["balance"]) for one in found] == [
            ("adjust", 12),
            ("settle", 5),
            ("hold", 5),
            ("adjust", 30),
            ("adjust", 10),
        ]
    assert found[0]["balance"] == figures(user_id)[0]


def test_a_choice_by_kind_and_month(staff: Http) -> None:
    _, path = busy()
    held = pages(staff, path, kind="hold")
    assert [(one["available"], one["balance"]) for one in held] == [(-25, None)]
    past = f"{shop_day(utc_now()) - timedelta(days=40):%Y-%m}"
    assert [one["available"] for one in pages(staff, path, month=past, limit=1)] == [20, 10]
    assert pages(staff, path, month=past, kind="hold") == []
    for wrong in ({"kind": "theft"}, {"month": "2026-00"}, {"cursor": "Wzld"}):
        assert error_code(staff.get(path, **wrong)) == "validation_failed"
    assert staff.get("/admin/api/v1/shoppers/987654321/points-entries").status_code == 404


def test_an_export_is_oldest_first_with_its_balance(staff: Http) -> None:
    _, path = busy()

    def export(**query: str) -> list[tuple[str, str]]:
        sheet = staff.get(f"{path}/export", **query).get_data(as_text=True)
        cells = [row.split(",") for row in sheet.splitlines()[1:]]
        return [(row[3], row[7]) for row in cells]

    assert export() == [("10", "10"), ("20", "30"), ("-25", "5"), ("0", "5"), ("7", "12")]
    this = f"{shop_day(utc_now()):%Y-%m}"
    assert export(month=this)[0] == ("-25", "5"), "what came before counts"
    assert export(kind="hold") == [("-25", "")]
    assert staff.get(f"{path}/export", format="xlsx").get_data()[:2] == b"PK"
    assert staff.get("/admin/api/v1/shoppers/987654321/points-entries/export").status_code == 404
