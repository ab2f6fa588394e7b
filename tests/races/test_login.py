"""Logins, addresses and administrators that race. Each race has a control without its guard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.kernel.http.access import Staff
from mall.staff import admins, logging_in, members
from mall.staff.errors import LastAdmin
from mall.staff.models import StaffMember
from mall.staff.sessions import staff_by_token
from mall.users import addresses
from mall.users.addresses import AddressData
from mall.users.contacts import Contact
from mall.users.events import ShopperRegistered
from mall.users.logging_in import log_in
from mall.users.models import Address, User
from tests.support.features import installed
from tests.support.races import slow_writes, together, without
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import WEST_LAKE, make_address, make_shopper
from tests.support.wechat import login_code

DRAFT = AddressData(Contact("王小明", "13812345678", "文三路 1 号"), WEST_LAKE, is_default=True)


def count(column: object) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(column)) or 0  # type: ignore[arg-type]


# -- one person logs in on two devices for the first time ---------------------------------


def race_logins(app: Flask, simulator: LiveServer) -> list[object]:
    code, openid = login_code(simulator)
    codes = [code] + [login_code(simulator, openid)[0] for _ in range(7)]
    with slow_writes("users", of="INSERT"):
        return list(together(app, [partial(log_in, code, "127.0.0.1") for code in codes]))


def test_first_logins_at_once_make_one_shopper(app: Flask, simulator: LiveServer) -> None:
    handler = ("tests.told", lambda *_: None)
    with installed(lambda mall: mall.on(ShopperRegistered, *handler)):
        outcomes = race_logins(app, simulator)
    logins = [login for login in outcomes if not isinstance(login, Exception)]
    assert len(logins) == 8, outcomes
    assert len({login.user_id for login in logins}) == 1  # type: ignore[attr-defined]
    assert sum(login.is_new for login in logins) == 1  # type: ignore[attr-defined]
    assert count(User.id > 0) == 1
    waiting = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'users.record_risk'")
    assert db.session.scalar(waiting) == 1
    told = text("SELECT args ->> 'name' FROM procrastinate_jobs WHERE args ? 'event_id'")
    assert db.session.scalars(told).all() == ["users.shopper_registered"]


def test_control_without_the_constraint_there_are_more(app: Flask, simulator: LiveServer) -> None:
    with without(
        "ALTER TABLE users DROP CONSTRAINT uq_users_appid_openid",
        "ALTER TABLE users ADD CONSTRAINT uq_users_appid_openid UNIQUE (appid, openid)",
        table="users",
    ):
        race_logins(app, simulator)
        assert count(User.id > 0) > 1


# -- two devices choose another default address -------------------------------------------


def race_defaults(app: Flask) -> list[object]:
    user_id, _ = make_shopper()
    ids = [make_address(user_id) for _ in range(6)]
    change = addresses.change_address
    with slow_writes("addresses", of="UPDATE", seconds=0.1):
        return list(together(app, [partial(change, user_id, id_, DRAFT) for id_ in ids]))


def test_defaults_chosen_at_once_leave_one(app: Flask) -> None:
    assert race_defaults(app) == [None] * 6
    assert count(Address.is_default) == 1


def test_the_index_alone_keeps_one_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lock_addresses", lambda *_: None)
    outcomes = race_defaults(app)
    assert any(isinstance(outcome, IntegrityError) for outcome in outcomes)
    assert count(Address.is_default) == 1


def test_control_without_lock_and_index_there_are_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "lock_addresses", lambda *_: None)
    with without(
        "DROP INDEX uq_addresses_default",
        "CREATE UNIQUE INDEX uq_addresses_default ON addresses (user_id) WHERE is_default",
        table="addresses",
    ):
        race_defaults(app)
        assert count(Address.is_default) > 1


def test_twenty_addresses_stay_twenty(app: Flask) -> None:
    user_id, _ = make_shopper()
    for _ in range(18):
        make_address(user_id)
    # Each another one: the same address once more is the one that is kept already.
    drafts = [replace(DRAFT, contact=Contact("王小明", "13812345678", f"{n} 号")) for n in range(6)]
    outcomes = together(app, [partial(addresses.add_address, user_id, one) for one in drafts])
    refused = [o.code for o in outcomes if isinstance(o, MallError)]
    assert refused == ["too_many_addresses"] * 4
    assert count(Address.user_id == user_id) == 20


# -- passwords are guessed in parallel ----------------------------------------------------


def test_twenty_guesses_at_once_are_five(app: Flask) -> None:
    admins.create_admin("boss")
    outcomes = together(app, [partial(logging_in.count_attempt, "boss")] * 20)
    assert len([o for o in outcomes if isinstance(o, logging_in.Known)]) == 5
    assert outcomes.count(None) == 15
    row = db.session.scalars(select(StaffMember)).one()
    assert row.failed_logins == 5
    assert row.locked_until is not None


def count_by_reading_first() -> bool:
    """What shops do: read the counter, then write it back."""
    with transaction() as session:
        failures = session.scalar(select(StaffMember.failed_logins)) or 0
        if failures >= logging_in.MOST_FAILURES:
            return False
        session.execute(update(StaffMember).values(failed_logins=failures + 1))
    return True


def test_control_a_counter_read_first_lets_more_in(app: Flask) -> None:
    admins.create_admin("boss")
    with slow_writes("staff_members", of="UPDATE", seconds=0.05):
        outcomes = together(app, [count_by_reading_first] * 20)
    assert outcomes.count(True) > 5


# -- two administrators disable each other ------------------------------------------------


def race_admins(app: Flask) -> list[object]:
    staff = [staff_by_token(make_staff("*", username=name)) for name in ("ann", "bob")]
    role_id = db.session.scalar(text("SELECT id FROM staff_roles WHERE built_in"))

    def disable(actor: Staff, target: Staff) -> Callable[[], None]:
        return partial(
            members.change_staff, actor, target.staff_id, "x", [int(role_id)], disabled=True
        )

    ann, bob = staff
    assert ann is not None
    assert bob is not None
    # The trail is written after the last look for an administrator, just before the commit.
    with slow_writes("audit_entries", of="INSERT", seconds=0.5):
        return list(together(app, [disable(ann, bob), disable(bob, ann)]))


def test_one_administrator_remains(app: Flask) -> None:
    outcomes = race_admins(app)
    assert [type(outcome) for outcome in outcomes if outcome] == [LastAdmin], outcomes
    assert count(StaffMember.disabled_at.is_(None)) == 1


def test_control_without_the_lock_none_remains(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "one_change_at_a_time", lambda _: None)
    assert race_admins(app) == [None, None]
    assert count(StaffMember.disabled_at.is_(None)) == 0


def test_hosts_that_start_at_once_make_one_admin(app: Flask) -> None:
    calls = [partial(admins.create_admin, f"admin{n}", if_none=True) for n in range(6)]
    outcomes = together(app, calls)
    assert len([o for o in outcomes if isinstance(o, str)]) == 1
    assert outcomes.count(None) == 5
