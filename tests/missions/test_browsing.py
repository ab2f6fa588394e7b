"""Browsing: the server's clock times, a page at a time, whatever the client says."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer
from sqlalchemy import text

from mall.config import current_config
from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.missions.browsing import jobs, viewing
from mall.missions.browsing.errors import ViewSessionExpired, ViewSessionNotFound, ViewSessionOver
from mall.missions.browsing.events import Browsed
from mall.missions.browsing.settings import VIEW_DAY_S, VIEW_KEEP_DAYS, VIEW_SESSIONS
from mall.missions.browsing.tokens import ViewToken, init_view_tokens, read, sign
from mall.users import erasing
from tests.support.browsing import BEATS, SESSIONS, begin, look, make_product, seconds_pass
from tests.support.flashsale import armed_session
from tests.support.heard import heard
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants
from tests.support.promotions import make_promotion
from tests.support.settings import set_setting
from tests.support.shop_time import other_time, set_time
from tests.support.staff import make_staff
from tests.support.statements import sent_statements
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def shopper(http: Http) -> Http:
    return http.as_(make_shopper()[1])


def told(app: Flask, events: list[Any]) -> list[tuple[int, int, int]]:
    """The events of browsing so far: seconds, of the page, of the day."""
    run_pending(app)
    return [(one.seconds, one.page_seconds, one.day_seconds) for one in events]


# -- what counts ----------------------------------------------------------------------------


def test_beats_count_by_the_servers_clock(http: Http, shopper: Http) -> None:
    product, _ = make_product()
    begun = begin(shopper, product)
    assert (begun["beat_every_s"], begun["counted_today_s"], begun["day_limit_s"]) == (5, 0, 1_800)
    counted = []
    for number, gap in enumerate((4, 5, 60, 0, 3), 1):
        seconds_pass(gap)
        answer = shopper.post(BEATS, {"token": begun["token"], "beat": number})
        counted.append(answer.get_json()["counted_s"])
    assert counted == [4, 9, 14, 14, 17], "a gap counts at most the interval"
    check_invariants()


def test_a_beat_again_adds_nothing(shopper: Http) -> None:
    product, _ = make_product()
    body = {"token": begin(shopper, product)["token"], "beat": 1}
    for _ in range(3):
        seconds_pass(5)
        answer = shopper.post(BEATS, body)
        assert (answer.status_code, answer.get_json()["counted_s"]) == (200, 5)
    skipped = shopper.post(BEATS, {**body, "beat": 3})
    assert (skipped.status_code, error_code(skipped)) == (409, "view_beat_skipped")
    check_invariants()


def test_steps_are_told_and_the_rest_at_the_end(app: Flask) -> None:
    user_id, _ = make_shopper()
    product, category = make_product()
    with heard(Browsed) as events:
        assert look(user_id, product, 5, 5, 4) == 14
        look(user_id, product, 5, 5, 5, 5, 2)
        assert told(app, events) == [(14, 14, 14), (15, 15, 29), (7, 22, 36)]
    one = events[0]
    assert (one.user_id, one.page_kind, one.page_id, one.category_id) == (  # type: ignore[attr-defined]
        *(user_id, "product", product),
        category,
    )
    assert len({event.key for event in events}) == 3  # type: ignore[attr-defined]
    check_invariants()


def test_the_next_page_tells_the_rest_of_the_one_before(app: Flask) -> None:
    user_id, _ = make_shopper()
    product, category = make_product()
    with heard(Browsed) as events:
        look(user_id, product, 5, 3, last=False)
        look(user_id, category, 5, kind="category")
        assert told(app, events) == [(8, 8, 8), (5, 5, 13)]
    check_invariants()


def test_two_pages_at_a_time_dont_add_up() -> None:
    user_id, _ = make_shopper()
    one, two = make_product()[0], make_product()[0]
    first = viewing.begin(user_id, "product", one).token
    seconds_pass(4)
    viewing.beat(user_id, first, 1)
    second = viewing.begin(user_id, "product", two).token
    seconds_pass(4)
    with pytest.raises(ViewSessionOver):
        viewing.beat(user_id, first, 2)
    assert viewing.beat(user_id, second, 1).counted_today_s == 8
    check_invariants()


def test_the_first_beat_of_the_page_before_comes_too_late() -> None:
    """Both pages wait for the same number then."""
    user_id, _ = make_shopper()
    first, second = (viewing.begin(user_id, "product", make_product()[0]).token for _ in range(2))
    seconds_pass(4)
    with pytest.raises(ViewSessionOver):
        viewing.beat(user_id, first, 1)
    assert viewing.beat(user_id, second, 1).counted_today_s == 4
    check_invariants()


def test_a_day_counts_at_most_its_cap(app: Flask) -> None:
    user_id, _ = make_shopper()
    product, _ = make_product()
    set_setting(VIEW_DAY_S, 12)
    with heard(Browsed) as events:
        assert look(user_id, product, 5, 5, 5, 5) == 12
        assert look(user_id, product, 5) == 0
        assert told(app, events) == [(12, 12, 12)]
    set_setting(VIEW_DAY_S, 10)
    assert look(user_id, product, 5) == 0
    check_invariants()


def test_a_day_has_so_many_sessions(shopper: Http) -> None:
    set_setting(VIEW_SESSIONS, 2)
    product, _ = make_product()
    begin(shopper, product)
    begin(shopper, product)
    refused = shopper.post(SESSIONS, {"page": {"kind": "product", "id": str(product)}})
    assert (refused.status_code, error_code(refused)) == (429, "view_session_limit")
    check_invariants()


def test_the_last_beat_ends_it(shopper: Http) -> None:
    product, _ = make_product()
    body = {"token": begin(shopper, product)["token"], "beat": 1, "last": True}
    seconds_pass(3)
    assert shopper.post(BEATS, body).get_json()["counted_s"] == 3
    assert shopper.post(BEATS, body).get_json()["counted_s"] == 3
    assert error_code(shopper.post(BEATS, {**body, "beat": 2})) == "view_session_over"
    check_invariants()


# -- time and day ---------------------------------------------------------------------------


@pytest.fixture
def clock(app: Flask) -> Iterator[None]:
    with other_time():
        yield


@pytest.mark.usefixtures("clock")
def test_a_session_ends_with_its_time_and_with_the_shop_day() -> None:
    user_id, _ = make_shopper()
    product, _ = make_product()
    set_time("2026-11-26 12:00:00")
    token = viewing.begin(user_id, "product", product).token
    set_time("2026-11-26 12:30:00")
    with pytest.raises(ViewSessionExpired):
        viewing.beat(user_id, token, 1)
    set_time("2026-11-26 23:59:57")
    token = viewing.begin(user_id, "product", product).token
    set_time("2026-11-26 23:59:59.5")
    assert viewing.beat(user_id, token, 1).counted_today_s == 2
    set_time("2026-11-27 00:00:00.1")
    with pytest.raises(ViewSessionExpired):
        viewing.beat(user_id, token, 2)
    set_time("2026-11-27 00:00:01")
    token = viewing.begin(user_id, "product", product).token
    set_time("2026-11-27 00:00:04")
    assert viewing.beat(user_id, token, 1).counted_today_s == 3
    check_invariants()


def test_what_is_old_is_forgotten(app: Flask) -> None:
    user_id, _ = make_shopper()
    product, _ = make_product()
    for back in (91, 89):
        look(user_id, product, 5)
        with transaction() as session:
            for table in ("view_days", "view_sessions"):
                older = f"UPDATE {table} SET day = day - {back} WHERE day > current_date - 7"
                session.execute(text(older))
    assert VIEW_KEEP_DAYS.get() == 90
    jobs.forget_views()
    with transaction() as session:
        left = "SELECT (SELECT count(*) FROM view_days), (SELECT count(*) FROM view_sessions)"
        assert tuple(session.execute(text(left)).one()) == (1, 1)
    check_invariants()


# -- what is refused ------------------------------------------------------------------------


def test_pages_that_nobody_sees_arent_timed(shopper: Http) -> None:
    hidden, category = make_product(on_sale=False)
    for kind, page_id in (
        *(("product", hidden), ("product", 987654321), ("category", 987654321)),
        *(("promotion", 987654321), ("flash_session", 987654321), ("cart", category)),
    ):
        refused = shopper.post(SESSIONS, {"page": {"kind": kind, "id": str(page_id)}})
        assert (refused.status_code, error_code(refused)) == (404, "page_not_found")
    begin(shopper, category, "category")
    begin(shopper, make_promotion(), "promotion")
    begin(shopper, armed_session()[0], "flash_session")


def test_forged_tokens_and_those_of_others_are_refused(http: Http, shopper: Http) -> None:
    product, _ = make_product()
    token = begin(shopper, product)["token"]
    stranger, strangers_token = make_shopper()
    mine = read(token, ViewToken(*_payload(token)).user_id)
    longer = sign(ViewToken(mine.session_id, mine.user_id, mine.day, 2**40))
    forged = {
        "another key": URLSafeSerializer("x").dumps(mine),
        "altered": token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:],
        "a longer life": f"{longer.split('.')[0]}.{token.split('.')[1]}",
        "no signature": token.split(".")[0],
        "text": "x",
        "not ascii": "浏览",
        "empty list": "W10.x",
    }
    for what, text_of_it in forged.items():
        refused = shopper.post(BEATS, {"token": text_of_it, "beat": 1})
        assert (refused.status_code, error_code(refused)) == (404, "view_session_not_found"), what
    assert shopper.post(BEATS, {"token": "x" * 201, "beat": 1}).status_code == 422
    others = http.as_(strangers_token).post(BEATS, {"token": token, "beat": 1})
    assert (others.status_code, error_code(others)) == (404, "view_session_not_found")
    assert stranger != mine.user_id
    check_invariants()


def _payload(token: str) -> list[int]:
    found: list[int] = URLSafeSerializer("x").load_payload(token.rsplit(".", 1)[0].encode())
    return found


def test_a_key_that_is_no_longer_the_first_still_verifies(app: Flask) -> None:
    user_id, _ = make_shopper()
    token = viewing.begin(user_id, "product", make_product()[0]).token
    config = current_config()
    new = f"next:{base64.b64encode(bytes(32)).decode()}"
    try:
        for keys in (f"{new},{config.personal_data_keys}", new):
            init_view_tokens(app, replace(config, personal_data_keys=keys))
            if keys == new:
                with pytest.raises(ViewSessionNotFound):
                    viewing.beat(user_id, token, 2)
            else:
                assert viewing.beat(user_id, token, 1).counted_s == 0
    finally:
        init_view_tokens(app, config)


# -- staff, closing the account, the cost ---------------------------------------------------


def test_staff_see_what_counted(http: Http) -> None:
    user_id, _ = make_shopper()
    product, _ = make_product()
    for gap in (3, 4, 5):
        look(user_id, product, gap)
    staff = http.as_(make_staff("browsing:read"))
    path, query = "/admin/api/v1/view-sessions", {"user_id": str(user_id), "limit": 2}
    page = staff.get(path, **query).get_json()
    rest = staff.get(path, **query, cursor=page["next_cursor"]).get_json()
    assert [one["counted_s"] for one in page["items"] + rest["items"]] == [5, 4, 3]
    assert page["items"][0]["page_id"] == str(product)
    assert http.as_(make_staff("checkin:read")).get(path, **query).status_code == 403


def test_a_closed_account_leaves_no_looks() -> None:
    user_id, _ = make_shopper()
    look(user_id, make_product()[0], 5)
    erasing.erase_at_once(user_id)
    with transaction() as session:
        for table in ("view_days", "view_sessions"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    check_invariants()


def test_a_beat_is_one_update() -> None:
    user_id, _ = make_shopper()
    token = viewing.begin(user_id, "product", make_product()[0]).token
    with sent_statements() as statements:
        viewing.beat(user_id, token, 1)
    assert len(statements) == 1, statements
