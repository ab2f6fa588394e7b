"""Points by sheets: the dry run, giving in batches, four eyes, opening balances."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update
from xlsxwriter import Workbook

from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import transaction
from mall.kernel.invariants import ATTENTION
from mall.kernel.sheets import SheetRow
from mall.points.settings import APPROVAL_ABOVE
from mall.points.sheets import giving
from mall.points.sheets.forgetting import forget_batch
from mall.points.sheets.models import PointsSheetLine
from mall.points.sheets.rows import read_line
from mall.users import phones
from mall.users.closing import close_account
from mall.users.models import User
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.points import figures, give
from tests.support.settings import set_setting
from tests.support.sheets import PATH, csv, upload, uploaded
from tests.support.staff import make_staff
from tests.support.users import make_shopper

Work = Callable[[], None]
TODAY = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def whole(app: Flask) -> Iterator[None]:
    yield
    check_invariants()


@pytest.fixture
def anna(http: Http) -> Http:
    return http.as_(make_staff("points:read", "points:write"))


@pytest.fixture
def bert(http: Http) -> Http:
    return http.as_(make_staff("approval:read", "points:approve"))


def shopper(phone: str | None = None) -> int:
    user_id = make_shopper()[0]
    if phone:
        with transaction() as session:
            values = phones.sealed_values(phone)
            session.execute(update(User).where(User.id == user_id).values(**values))
    return user_id


def day(days: int) -> str:
    return str(shop_day(utc_now()) + timedelta(days=days))


def faults(staff: Http, content: bytes, **form: str) -> dict[int, str]:
    found = upload(staff, content, **form).get_json()
    assert found["sheet"]["status"] == "faulty", found
    return {one["line"]: one["reason"] for one in found["faults"]}


# -- a grant to a list ----------------------------------------------------------------------


def test_a_sheet_is_checked_then_given_once(anna: Http, work: Work) -> None:
    first, second = shopper(), shopper("13900000001")
    content = csv(f"{first},,30,,,生日", f",139 0000 0001,20,{day(3)},,", f"{first},,5,,A-1,")
    checked = upload(anna, content).get_json()
    assert (checked["sheet"]["status"], checked["sheet"]["points"]) == ("checked", 55)
    assert checked["faults"] == []
    sheet_id = checked["sheet"]["id"]
    assert figures(first)[0] == 0, "a dry run gives nothing"
    assert upload(anna, content).get_json()["sheet"]["id"] == sheet_id, "the same sheet again"
    for _ in range(2):
        assert anna.post(f"{PATH}/{sheet_id}/giving").status_code == 200
        work()
    assert (figures(first)[0], figures(second)[0]) == (35, 20)
    shown = anna.get(f"{PATH}/{sheet_id}").get_json()
    assert (shown["status"], shown["given_lines"], shown["given_points"]) == ("done", 3, 55)
    entries = anna.get(f"/admin/api/v1/shoppers/{first}/points-entries").get_json()["items"]
    assert {(one["kind"], one["note"]) for one in entries} == {
        ("sheet", "补发：生日"),
        ("sheet", "补发"),
    }
    expiry = anna.get(f"/admin/api/v1/shoppers/{second}/points").get_json()["next_expiry"]
    assert expiry["expires_at"] == f"{day(3)}T16:00:00+00:00", "the end of the shop day"
    assert error_code(anna.call("DELETE", f"{PATH}/{sheet_id}/giving")) == "points_sheet_ended"
    other = upload(anna, content, key="又一次").get_json()
    assert other["same_content_as"] == "会员日"


def test_every_wrong_line_is_named_and_nothing_is_given(anna: Http) -> None:
    user_id, gone = shopper("13900000002"), shopper()
    for _ in range(2):
        shopper("13900000003")
    close_account(gone)
    found = faults(
        anna,
        csv(
            *(f"{user_id},,{points},,," for points in ("0", "-5", "1.5", "1e3", "2000000000", "")),
            *("x,,5,,,", "999999999,,5,,,", ",,5,,,", ",abc,5,,,", f"{gone},,5,,,"),
            *(",13900000009,5,,,", ",13900000003,5,,,"),
            f"{user_id},13900000003,5,,,",
            *(f"{user_id},,5,{last},," for last in (day(-1), "2027-02-30", "明天", "2999-01-01")),
            f"{user_id},,5,,a b,",
            f"{user_id},,5,,,,,,太多",
            *(f"{user_id},13900000002,5,,,", f"{user_id},,6,,,"),
            *(f"{user_id},,5,,R1,", f"{user_id},,5,,R1,"),
        ),
    )
    assert set(found) == set(range(2, 26)) - {22, 24}, found
    assert (found[23], found[25]) == ("与第 22 行重复", "与第 24 行重复")
    assert figures(user_id)[0] == 0
    answer = upload(anna, csv(f"{user_id},,5,,,"))
    assert answer.get_json()["sheet"]["status"] == "checked", "a faulty sheet leaves its key free"


def test_a_faulty_sheet_cannot_be_given(anna: Http) -> None:
    sheet = upload(anna, csv("x,,5,,,")).get_json()["sheet"]
    assert error_code(anna.post(f"{PATH}/{sheet['id']}/giving")) == "points_sheet_faulty"
    lines = anna.get(f"{PATH}/{sheet['id']}/lines", status="faulty").get_json()["items"]
    assert [(one["line"], one["user_id"]) for one in lines] == [(2, None)]


def test_a_canceled_sheet_and_a_key_that_is_used(anna: Http) -> None:
    user_id = shopper()
    content = csv(f"{user_id},,5,,,")
    sheet_id = uploaded(anna, content)
    assert error_code(upload(anna, csv(f"{user_id},,6,,,"))) == "points_sheet_key_used"
    assert error_code(upload(anna, content, reason="另一个")) == "points_sheet_key_used"
    for _ in range(2):
        assert anna.call("DELETE", f"{PATH}/{sheet_id}/giving").get_json()["status"] == "canceled"
    assert error_code(anna.post(f"{PATH}/{sheet_id}/giving")) == "points_sheet_ended"
    assert uploaded(anna, csv(f"{user_id},,6,,,")) != sheet_id
    assert error_code(anna.get(f"{PATH}/987654321")) == "points_sheet_not_found"


def test_a_sheet_goes_on_where_it_was_killed_or_stopped(
    anna: Http, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "BATCH", 2)
    shoppers = [shopper() for _ in range(5)]
    sheet_id = uploaded(anna, csv(*(f"{one},,10,,," for one in shoppers)))
    anna.post(f"{PATH}/{sheet_id}/giving")
    assert giving.give_batch(int(sheet_id)) == 2
    assert anna.call("DELETE", f"{PATH}/{sheet_id}/giving").get_json()["status"] == "stopped"
    work()
    assert [figures(one)[0] for one in shoppers] == [10, 10, 0, 0, 0], "its job found it stopped"
    broken = text(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'killed'; END $$"
    )
    trigger = "TRIGGER refuse BEFORE UPDATE ON points_sheets FOR EACH ROW"
    with transaction() as session:
        session.execute(broken)
        when = "WHEN (NEW.given_lines > 2) EXECUTE FUNCTION refuse()"
        session.execute(text(f"CREATE {trigger} {when}"))
    anna.post(f"{PATH}/{sheet_id}/giving")
    with pytest.raises(Exception, match="killed"):
        giving.give_batch(int(sheet_id))
    with transaction() as session:
        session.execute(text("UPDATE points_sheets SET started_at = now() - interval '2 hours'"))
    assert [str(row.id) for row in unfinished()] == [sheet_id]
    with transaction() as session:
        session.execute(text("DROP TRIGGER refuse ON points_sheets"))
        session.execute(text("DROP FUNCTION refuse()"))
    assert [figures(one)[0] for one in shoppers] == [10, 10, 0, 0, 0], "a batch is whole or not"
    work()
    assert unfinished() == []
    assert [figures(one)[0] for one in shoppers] == [10] * 5
    assert anna.get(f"{PATH}/{sheet_id}").get_json()["status"] == "done"


def unfinished() -> Sequence[Any]:
    query = ATTENTION["unfinished_points_sheets"].query
    assert query is not None
    with transaction() as session:
        return session.execute(query).all()


def test_what_changed_since_the_check_refuses_its_own_line_only(anna: Http, work: Work) -> None:
    closed, late, fine = shopper(), shopper(), shopper()
    sheet_id = uploaded(anna, csv(*(f"{one},,10,{day(0)},," for one in (closed, late, fine))))
    close_account(closed)
    with transaction() as session:
        session.execute(
            update(PointsSheetLine)
            .where(PointsSheetLine.user_id == late)
            .values(expires_on=date.fromisoformat(day(-1)))
        )
    anna.post(f"{PATH}/{sheet_id}/giving")
    work()
    shown = anna.get(f"{PATH}/{sheet_id}").get_json()
    assert (shown["status"], shown["given_lines"], shown["refused_lines"]) == ("done", 1, 2)
    assert [figures(one)[0] for one in (closed, late, fine)] == [0, 0, 10]
    report = anna.get(f"{PATH}/{sheet_id}/report").get_data(as_text=True).splitlines()
    assert [row.split(",")[6:8] for row in report[1:]] == [
        ["未发放", "用户已注销"],
        ["未发放", "到期日已过"],
        ["已发放", ""],
    ]
    assert anna.get(f"{PATH}/{sheet_id}/report", format="xlsx").get_data()[:2] == b"PK"


# -- opening balances -----------------------------------------------------------------------


def test_opening_balances_with_their_expiry_come_in_once(anna: Http, work: Work) -> None:
    user_id = shopper()
    rows = [f"{user_id},,100,{day(30)},L-1,", f"{user_id},,40,{day(60)},L-2,"]
    sheet_id = uploaded(anna, csv(*rows), kind="opening")
    anna.post(f"{PATH}/{sheet_id}/giving")
    work()
    more = csv(*rows, f"{user_id},,7,永久,L-3,")
    again = upload(anna, more, kind="opening", key="第二批").get_json()["sheet"]
    assert (again["already_lines"], again["points"]) == (2, 7)
    assert anna.post(f"{PATH}/{again['id']}/giving").status_code == 200
    work()
    assert figures(user_id)[0] == 147
    shown = anna.get(f"/admin/api/v1/shoppers/{user_id}/points").get_json()["next_expiry"]
    assert (shown["points"], shown["expires_at"][:10]) == (100, day(30))
    other = csv(f"{user_id},,99,{day(30)},L-1,")
    assert faults(anna, other, kind="opening", key="三") == {2: "该外部编号已用于其他发放"}


def test_a_reference_that_another_sheet_gave_meanwhile(anna: Http, work: Work) -> None:
    user_id = shopper()
    same = uploaded(anna, csv(f"{user_id},,5,,R-1,"), key="一")
    twin = uploaded(anna, csv(f"{user_id},,5,,R-1,", f"{user_id},,1,,R-2,"), key="二")
    other = uploaded(anna, csv(f"{user_id},,6,,R-1,"), key="三")
    for sheet_id in (same, twin, other):
        anna.post(f"{PATH}/{sheet_id}/giving")
        work()
    assert figures(user_id)[0] == 6
    assert anna.get(f"{PATH}/{twin}").get_json()["already_lines"] == 1
    assert anna.get(f"{PATH}/{other}").get_json()["refused_lines"] == 1


def test_opening_balances_need_a_last_day_and_a_reference(anna: Http) -> None:
    user_id = shopper()
    found = faults(
        anna,
        csv(f"{user_id},,5,,R,", f"{user_id},,5,{day(1)},,", f"{user_id},,5,{day(-1)},R2,"),
        kind="opening",
    )
    assert set(found) == {2, 3, 4}
    short = csv(f"{user_id},5", header="用户编号,积分")
    answer = upload(anna, short, kind="opening")
    assert (answer.status_code, error_code(answer)) == (422, "sheet_unreadable")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-02-28", date(2027, 2, 28)),
        ("2027/2/8", date(2027, 2, 8)),
        ("2028年2月29日", date(2028, 2, 29)),
        ("2027-02-28T00:00:00", date(2027, 2, 28)),
        ("2026-11-26", TODAY),
    ],
)
def test_days_as_people_and_excel_write_them(written: str, meant: date) -> None:
    row = SheetRow(2, {"用户编号": "7", "积分": "'5", "到期日": written})
    line = read_line(row, "grant", TODAY)
    assert (line.expires_on, line.points, line.fault) == (meant, 5, "")


# -- four eyes ------------------------------------------------------------------------------


def test_many_points_wait_for_another_one(anna: Http, bert: Http, work: Work) -> None:
    set_setting(APPROVAL_ABOVE, 100)
    user_id = shopper()
    small = uploaded(anna, csv(f"{user_id},,60,,,"), key="小")
    assert anna.post(f"{PATH}/{small}/giving").status_code == 200
    large = uploaded(anna, csv(f"{user_id},,41,,,"), key="大")
    asked = anna.post(f"{PATH}/{large}/giving")
    assert asked.status_code == 202, "what was given today counts"
    assert error_code(anna.post(f"{PATH}/{large}/giving")) == "approval_pending"
    adjustment = {"points": 41, "reason": "补偿"}
    by_hand = anna.post(f"/admin/api/v1/shoppers/{user_id}/points-adjustments", adjustment)
    assert by_hand.status_code == 202, "sheets and adjustments count together"
    approval = f"/admin/api/v1/approvals/{asked.get_json()['approval_id']}"
    assert "大，1 行，共 41 积分" in bert.get(approval).get_json()["asked"]
    answer = bert.post(f"{approval}/decision", {"approve": True, "comment": "同意"})
    assert answer.status_code == 200, answer.get_json()
    work()
    assert figures(user_id)[0] == 101
    shown = anna.get(f"{PATH}/{large}").get_json()
    assert (shown["status"], shown["started_by"]) == ("done", None)
    assert shown["approval_id"] == asked.get_json()["approval_id"]


def test_an_approved_sheet_that_was_canceled_meanwhile(anna: Http, bert: Http) -> None:
    set_setting(APPROVAL_ABOVE, 1)
    sheet_id = uploaded(anna, csv(f"{shopper()},,5,,,"))
    approval_id = anna.post(f"{PATH}/{sheet_id}/giving").get_json()["approval_id"]
    anna.call("DELETE", f"{PATH}/{sheet_id}/giving")
    decision = f"/admin/api/v1/approvals/{approval_id}/decision"
    answer = bert.post(decision, {"approve": True, "comment": "同意"})
    assert error_code(answer) == "points_sheet_ended"


# -- the file -------------------------------------------------------------------------------


def test_an_excel_book(anna: Http, work: Work) -> None:
    user_id, packed = shopper("13900000004"), io.BytesIO()
    book = Workbook(packed)
    page = book.add_worksheet()
    for column, cell in enumerate(("手机号", "积分", "到期日")):
        page.write(0, column, cell)
    page.write_number(1, 0, 13900000004)
    page.write_number(1, 1, 12)
    last = date.fromisoformat(day(9))
    page.write_datetime(1, 2, last, book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()
    sheet_id = uploaded(anna, packed.getvalue(), name="点.xlsx")
    anna.post(f"{PATH}/{sheet_id}/giving")
    work()
    assert figures(user_id)[0] == 12


@pytest.mark.parametrize(
    ("content", "form", "code"),
    [
        (b"", {}, "sheet_unreadable"),
        (csv(), {}, "sheet_unreadable"),
        (csv("1,2", header="用户编号,金额"), {}, "sheet_unreadable"),
        (csv("2", header="积分"), {}, "sheet_unreadable"),
        (b"\xff\xfe\x00\x81", {}, "sheet_unreadable"),
        (csv("1,,5,,,"), {"name": "points.exe"}, "sheet_unreadable"),
        (b"no book", {"name": "points.xlsx"}, "sheet_unreadable"),
        (csv("1,,5,,,"), {"key": ""}, "validation_failed"),
        (csv("1,,5,,,"), {"key": "x" * 65}, "validation_failed"),
        (csv("1,,5,,,"), {"kind": "gift"}, "validation_failed"),
        (csv("1,,5,,,"), {"reason": "a\0b"}, "validation_failed"),
    ],
)
def test_a_file_or_form_that_is_none(
    anna: Http, content: bytes, form: dict[str, str], code: str
) -> None:
    assert error_code(upload(anna, content, **form)) == code


def test_too_long_and_too_large(anna: Http) -> None:
    rows = csv(*["1,,5,,,"] * 50_001)
    assert error_code(upload(anna, rows)) == "sheet_unreadable"
    assert upload(anna, b"x" * (9 * 1024 * 1024)).status_code == 413


def test_who_may_read_may_not_write(http: Http) -> None:
    reader = http.as_(make_staff("points:read"))
    assert upload(reader, csv("1,,5,,,")).status_code == 403
    assert reader.get(PATH).status_code == 200


def test_sheets_that_gave_nothing_are_forgotten(anna: Http, work: Work) -> None:
    user_id = shopper()
    give(user_id, 1)
    faulty = upload(anna, csv("x,,5,,,")).get_json()["sheet"]["id"]
    kept = uploaded(anna, csv(f"{user_id},,5,,,"))
    with transaction() as session:
        session.execute(text("UPDATE points_sheets SET created_at = now() - interval '31 days'"))
    assert forget_batch() == 1
    found = anna.get(PATH).get_json()["items"]
    assert [one["id"] for one in found] == [kept]
    assert anna.get(f"{PATH}/{faulty}/lines").status_code == 404
