"""Packets that race: one opened at twenty times, the last of a budget, check-ins heard at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.coupons import claiming
from mall.games.packets import growing, opening
from mall.games.packets.growing import grow_on_checked_in
from mall.games.packets.opening import open_packet
from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.kernel.events import Event, publish
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.events import CheckedIn
from tests.support.events import work_off
from tests.support.invariants import check_invariants, rows_of
from tests.support.packets import shop_days_pass, warm_campaign
from tests.support.races import Rendezvous, execute, together, without_row_locks
from tests.support.users import make_shopper
from tests.support.waiting import eventually

PRESSES = 20
DROP_TOTAL = "ALTER TABLE coupon_templates DROP CONSTRAINT ck_coupon_templates_claimed"
ADD_TOTAL = (
    "ALTER TABLE coupon_templates ADD CONSTRAINT ck_coupon_templates_claimed"
    " CHECK (claimed >= 0 AND claimed <= total_limit)"
)


def outcomes(found: list[bool | Exception]) -> Counter[str]:
    return Counter(
        one.code if isinstance(one, MallError) else str(one) if isinstance(one, bool) else "?"
        for one in found
    )


def count(what: str) -> int:
    with transaction() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {what}")) or 0)


def aside(app: Flask, call: Callable[[], bool]) -> bool:
    """Make a call in a thread that has no app context."""
    with app.app_context():
        try:
            return call()
        finally:
            db.session.remove()


def test_twenty_presses_open_one_packet(app: Flask) -> None:
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    found = together(app, [partial(open_packet, user_id, campaign_id)] * PRESSES)
    assert outcomes(found) == {"True": 1, "False": PRESSES - 1}
    assert (count("packets"), count("coupons")) == (1, 1)
    check_invariants()


def test_the_last_packets_of_a_budget(app: Flask) -> None:
    campaign_id = warm_campaign(packets=3)
    shoppers = [make_shopper()[0] for _ in range(PRESSES)]
    found = together(app, [partial(open_packet, one, campaign_id) for one in shoppers])
    assert outcomes(found) == {"True": 3, "packets_all_opened": PRESSES - 3}
    assert (count("packets"), count("coupons")) == (3, 3)
    check_invariants()


@contextmanager
def control_unguarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What counts holdings and totals counts on, whatever the limits say."""
    counted = text(
        "INSERT INTO coupon_holdings VALUES (:template_id, :user_id, 1)"
        " ON CONFLICT (template_id, user_id) DO UPDATE SET claimed = 1 RETURNING length(:way)"
    )
    made = text(
        str(claiming._ISSUE).replace("AND (total_limit IS NULL OR claimed < total_limit)", "")
    )
    monkeypatch.setattr(claiming, "_COUNT_HOLDING", counted)
    monkeypatch.setattr(claiming, "_ISSUE", made)
    execute(DROP_TOTAL)
    try:
        yield
    finally:
        db.session.rollback()
        execute("UPDATE coupon_templates SET total_limit = NULL", ADD_TOTAL)


def test_control_without_the_shopper_s_count_presses_collide(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    meet, has_one = Rendezvous(PRESSES), opening._has_one

    def look(*whose: object) -> bool:
        found = has_one(*whose)  # type: ignore[arg-type]
        meet()
        return found

    monkeypatch.setattr(opening, "_has_one", look)
    with control_unguarded(monkeypatch):
        found = together(app, [partial(open_packet, user_id, campaign_id)] * PRESSES)
    assert outcomes(found)["?"], "refused by the primary key alone"


def test_control_without_the_total_a_budget_is_passed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = warm_campaign(packets=3)
    shoppers = [make_shopper()[0] for _ in range(PRESSES)]
    with control_unguarded(monkeypatch):
        together(app, [partial(open_packet, one, campaign_id) for one in shoppers])
        assert count("packets") > 3
        assert rows_of("I85c")


def test_two_presses_of_the_check_in_a_day_raise_once(app: Flask) -> None:
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    open_packet(user_id, campaign_id)
    together(app, [partial(check_in, user_id)] * PRESSES)
    work_off()
    assert count("packets WHERE check_ins = 1") == count("coupons WHERE amount_fen = 800") == 1
    check_invariants()


def two_days_heard_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who hears the first day counts for a long time; meanwhile the second day comes, and is heard
    at once."""
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    open_packet(user_id, campaign_id)
    first = check_in(user_id).day - timedelta(days=1)
    shop_days_pass()
    counting = growing.COUNTING
    pause = " AND (SELECT count(*) FROM (SELECT pg_sleep(1)) s) = 1"
    monkeypatch.setattr(growing, "COUNTING", text(f"{counting}{pause}"))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(aside, app, partial(hear, user_id, first))
        eventually(lambda: count("pg_stat_activity WHERE wait_event = 'PgSleep'") == 1)
        monkeypatch.setattr(growing, "COUNTING", counting)
        hear(user_id, check_in(user_id).day)
        assert slow.result()


def hear(user_id: int, day: date) -> bool:
    with transaction() as session:
        grow_on_checked_in(session, CheckedIn(user_id, str(day)))
        return True


def test_two_days_that_are_heard_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    two_days_heard_at_once(app, monkeypatch)
    assert count("packets WHERE check_ins = 2") == count("coupons WHERE amount_fen = 1200") == 1
    check_invariants()


def test_control_without_the_packet_s_lock_a_day_is_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_row_locks("packets"):
        two_days_heard_at_once(app, monkeypatch)
    assert count("packets WHERE check_ins = 1") == 1
    assert rows_of("I85a")


def test_opened_beside_a_check_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check-in commits after the opening counted and is heard before the packet is there:
    neither has seen the other, so the opening is heard once more."""
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    counted, let_go = threading.Event(), threading.Event()

    def announce(session: Session, event: Event) -> None:
        counted.set()
        assert let_go.wait(30)
        publish(session, event)

    monkeypatch.setattr(opening, "publish", announce)
    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(aside, app, partial(open_packet, user_id, campaign_id))
        assert counted.wait(30)
        check_in(user_id)
        work_off()
        assert count("packets") == 0
        let_go.set()
        assert opened.result()
    assert count("packets WHERE check_ins = 0") == 1, "the control: what is counted without it"
    work_off()
    assert count("packets WHERE check_ins = 1") == 1
    check_invariants()
