"""The subscribe message about a coupon that will expire, through WeChat's simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select, text

from mall.coupons import jobs
from mall.coupons.expiring_message import NOTE
from mall.coupons.settings import EXPIRING_DAYS, EXPIRING_TEMPLATE
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db, transaction
from mall.messages.models import Message
from tests.support.coupons import coupon_of, make_coupon
from tests.support.http import Http
from tests.support.servers import LiveServer
from tests.support.settings import set_setting, set_template, without_quiet_hours
from tests.support.users import make_shopper
from tests.support.wechat import control

TEMPLATE = "tpl-coupon-expiring-000000000000000000000001"


@pytest.fixture
def told(
    app: Flask, simulator: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], list[Any]]]:
    """What WeChat delivered to an openid; the template is set up."""
    set_template(EXPIRING_TEMPLATE, TEMPLATE)
    without_quiet_hours()
    control(simulator, "/reset")
    yield lambda openid: requests.get(
        f"{simulator.url}/_control/messages", params={"openid": openid}, timeout=10
    ).json()["messages"]
    control(simulator, "/reset")


def allowed(http: Http, simulator: LiveServer, times: int = 1) -> tuple[int, str]:
    """A shopper who pressed "allow" so many times: id and openid."""
    openid = control(simulator, "/login-codes")["openid"]
    user_id, token = make_shopper(openid=openid)
    for _ in range(times):
        answer = http.as_(token).post("/api/v1/subscriptions", {"results": {TEMPLATE: "accept"}})
        assert answer.status_code == 200, answer.get_json()
    control(simulator, "/grants", openid=openid, template_id=TEMPLATE, count=times)
    return user_id, openid


def almost_over(coupon_id: int) -> None:
    with transaction() as session:
        session.execute(
            text(
                "UPDATE coupons SET valid_from = valid_from - interval '5 days',"
                " expires_at = expires_at - interval '5 days' WHERE id = :id"
            ),
            {"id": coupon_id},
        )


def statuses() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.status).order_by(Message.id)))


def test_told_once(  # noqa: PLR0917 - fixtures come as arguments
    http: Http,
    simulator: LiveServer,
    work: Callable[[], None],
    told: Callable[[str], list[Any]],
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_template(EXPIRING_TEMPLATE, TEMPLATE, page="pages/coupons")
    user_id, openid = allowed(http, simulator, times=2)
    coupon_id = make_coupon(user_id)
    almost_over(coupon_id)
    for _ in range(2):
        jobs.warn_of_expiry()
        work()
    (letter,) = told(openid)
    ends = coupon_of(coupon_id).expires_at.astimezone(SHOP_ZONE)
    assert letter["data"] == {
        "thing1": "满 20 减 5",
        "time2": ends.strftime("%Y-%m-%d %H:%M"),
        "thing3": NOTE,
    }
    assert letter["page"] == "pages/coupons"
    assert statuses() == ["sent"]

    db.session.execute(text("UPDATE coupons SET warned_at = NULL"))  # announced again, by mistake
    db.session.commit()
    jobs.warn_of_expiry()
    work()
    assert len(told(openid)) == 1, "the message itself is once a coupon too"


def test_a_coupon_used_meanwhile_is_not_talked_of(
    http: Http, simulator: LiveServer, work: Callable[[], None], told: Callable[[str], list[Any]]
) -> None:
    user_id, openid = allowed(http, simulator)
    coupon_id = make_coupon(user_id)
    almost_over(coupon_id)
    jobs.warn_of_expiry()
    db.session.execute(text("UPDATE coupons SET status = 'revoked', revoked_at = now()"))
    db.session.commit()
    work()
    assert (told(openid), statuses()) == ([], [])


def test_two_coupons_and_one_allowance(
    http: Http, simulator: LiveServer, work: Callable[[], None], told: Callable[[str], list[Any]]
) -> None:
    user_id, openid = allowed(http, simulator)
    for coupon_id in (make_coupon(user_id), make_coupon(user_id)):
        almost_over(coupon_id)
    jobs.warn_of_expiry()
    work()
    assert len(told(openid)) == 1
    assert sorted(statuses()) == ["no_grant", "sent"]


@pytest.mark.parametrize("days", [1, 2])
def test_how_many_days_ahead_is_a_setting(
    http: Http,
    simulator: LiveServer,
    work: Callable[[], None],
    told: Callable[[str], list[Any]],
    days: int,
) -> None:
    user_id, openid = allowed(http, simulator)
    almost_over(make_coupon(user_id))
    with transaction() as session:
        session.execute(text("UPDATE coupons SET expires_at = now() + interval '36 hours'"))
    set_setting(EXPIRING_DAYS, days)
    jobs.warn_of_expiry()
    work()
    assert len(told(openid)) == days - 1


def test_without_a_template_it_goes_to_the_inbox(app: Flask, work: Callable[[], None]) -> None:
    without_quiet_hours()
    almost_over(make_coupon(make_shopper()[0]))
    jobs.warn_of_expiry()
    work()
    assert statuses() == ["no_template"]
