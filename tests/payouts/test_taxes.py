"""The sheet for taxes: what was paid, by person, month and kind of income."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.payouts.owing import Owed, owe
from tests.support.http import Http
from tests.support.payouts import owed, payout_of, taken_back
from tests.support.staff import make_staff
from tests.support.users import make_shopper

PATH = "/admin/api/v1/payout-taxes/export"
_PAY = text(
    "UPDATE payouts SET status = 'paid', paid_at = :at, way = :way,"
    " receipt = CASE :way WHEN 'hand' THEN 'r' END WHERE id = :id"
)


@pytest.fixture
def staff(app: Flask) -> Http:
    return Http(app).as_(make_staff("payout:tax"))


def paid(user_id: int, fen: int, at: str, *, way: str = "hand") -> None:
    """A cash reward that was paid at this shop time."""
    with transaction() as session:
        values = {"at": f"{at}+08", "way": way, "id": owed(user_id, fen)}
        session.execute(_PAY, values)


def sheet(staff: Http, **query: str) -> list[list[str]]:
    answer = staff.get(PATH, **query)
    assert answer.status_code == 200, answer.get_json()
    lines = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    return [[cell.strip() for cell in line] for line in lines][1:]


def test_by_person_month_and_kind(staff: Http) -> None:
    (one, _), (two, _) = make_shopper(), make_shopper()
    paid(one, 500, "2026-01-31 23:59:59")
    paid(one, 700, "2026-02-01 00:00:00")
    paid(one, 100, "2026-02-10 12:00:00", way="transfer")
    paid(two, 900, "2026-12-31 23:59:59")
    paid(two, 400, "2027-01-01 00:00:00")
    owed(two, 300)
    with transaction() as session:
        commission = owe(session, one, Owed("commission", "w", 2_000, "佣金提现"))
        session.execute(_PAY, {"at": "2026-02-11+08", "way": "hand", "id": commission})
    reward, work = ["偶然所得", "现金奖励"], ["劳务报酬", "佣金"]
    assert sheet(staff, year="2026") == [
        [str(one), "2026-01", *reward, "1", "5.00", "5.00", "0.00"],
        [str(one), "2026-02", *work, "1", "20.00", "20.00", "0.00"],
        [str(one), "2026-02", *reward, "2", "8.00", "7.00", "0.00"],
        [str(two), "2026-12", *reward, "1", "9.00", "9.00", "0.00"],
    ]
    assert sheet(staff, year="2026", by="year") == [
        [str(one), "2026", *work, "1", "20.00", "20.00", "0.00"],
        [str(one), "2026", *reward, "3", "13.00", "12.00", "0.00"],
        [str(two), "2026", *reward, "1", "9.00", "9.00", "0.00"],
    ]
    assert sheet(staff, year="2025") == []


def test_debts_that_were_worked_off_whole_or_in_part(staff: Http) -> None:
    """Income too, though no money came: a void payout may have gone into a debt whole."""
    user_id = make_shopper()[0]
    first = owed(user_id, 500)
    with transaction() as session:
        session.execute(_PAY, {"at": "2026-03-01+08", "way": "hand", "id": first})
    taken_back(first, 500)
    whole, part = owed(user_id, 200), owed(user_id, 1_000)
    assert payout_of(whole).status == "void"
    dated = text("UPDATE payout_debts SET created_at = :at WHERE payout_id = :id")
    with transaction() as session:
        session.execute(dated, {"at": "2026-03-31 23:59:59+08", "id": whole})
        session.execute(dated, {"at": "2026-04-01 00:00:00+08", "id": part})
        session.execute(_PAY, {"at": "2026-05-01+08", "way": "hand", "id": part})
    kind = ["偶然所得", "现金奖励"]
    assert sheet(staff, year="2026") == [
        [str(user_id), "2026-03", *kind, "1", "5.00", "5.00", "2.00"],
        [str(user_id), "2026-04", *kind, "0", "0.00", "0.00", "3.00"],
        [str(user_id), "2026-05", *kind, "1", "7.00", "7.00", "0.00"],
    ]
    year = [[str(user_id), "2026", *kind, "2", "12.00", "12.00", "5.00"]]
    assert sheet(staff, year="2026", by="year") == year


def test_who_exports_is_on_record(staff: Http) -> None:
    sheet(staff, year="2026")
    found = text("SELECT count(*) FROM audit_entries WHERE action = 'payout.export_taxes'")
    assert db.session.scalar(found) == 1
    db.session.remove()


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"year": "1999"},
        {"year": "x"},
        {"year": "2026", "by": "day"},
        {"year": "2026", "a": "b"},
    ],
)
def test_bad_questions(staff: Http, query: dict[str, str]) -> None:
    assert staff.get(PATH, **query).status_code == 422


def test_only_with_the_permission(app: Flask) -> None:
    clerk = Http(app).as_(make_staff("payout:read", "payout:write"))
    assert clerk.get(PATH, year="2026").status_code == 403
