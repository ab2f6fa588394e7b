"""Messages in tests: shoppers who allow some, hours that are quiet or not, kinds to send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from sqlalchemy import select, text

from mall.coupons.settings import EXPIRING_TEMPLATE
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db, transaction
from mall.kernel.features import Mall
from mall.messages import quota
from mall.messages.kinds import KINDS, Content, Kind, Purpose
from mall.messages.models import Message
from mall.messages.sending import send_soon_to
from mall.messages.settings import QUIET_FROM, QUIET_UNTIL
from mall.messages.waiting import release_waiting
from tests.support.features import installed
from tests.support.servers import LiveServer
from tests.support.settings import set_setting, set_template, without_quiet_hours
from tests.support.users import make_shopper
from tests.support.wechat import control

TEMPLATE = "tpl-news-000000000000000000000000000000000001"


def _write(_session: object, ref: str, _user_id: int) -> Content | None:
    values = {"coupon": ref, "expires_at": "2026-05-01 12:00", "note": "新品上架"}
    return None if ref.startswith("gone") else Content(values, "新品上架", f"「{ref}」来了。")


NEWS = Kind("test_news", Purpose.MARKETING, EXPIRING_TEMPLATE, _write)
OFFER = Kind("test_offer", Purpose.MARKETING, EXPIRING_TEMPLATE, _write, priority=9)
URGENT = Kind("test_urgent", Purpose.ORDER, EXPIRING_TEMPLATE, _write)


@contextmanager
def news_kinds(*kinds: Kind) -> Iterator[None]:
    """These kinds are declared and their template is set up. No hour is quiet."""

    def install(mall: Mall) -> None:
        mall.add(KINDS, *kinds)

    set_template(EXPIRING_TEMPLATE, TEMPLATE)
    without_quiet_hours()
    with installed(install):
        yield


@dataclass(frozen=True)
class Reader:
    """A shopper who allows messages of the template."""

    user_id: int
    token: str
    openid: str


def reader(simulator: LiveServer | None = None, *, allows: int = 1) -> Reader:
    """Allowed in our books and, with a simulator, in WeChat's."""
    openid = control(simulator, "/login-codes")["openid"] if simulator else None
    user_id, token = make_shopper(openid=openid)
    allow(user_id, allows)
    if simulator and allows:
        control(simulator, "/grants", openid=openid, template_id=TEMPLATE, count=allows)
    return Reader(user_id, token, openid or "")


def allow(user_id: int, times: int) -> None:
    with transaction() as session:
        for _ in range(times):
            quota.allow(session, user_id, TEMPLATE, "reported")


def send(kind: Kind, ref: str, *user_ids: int, good_until: datetime | None = None) -> None:
    """What a feature does."""
    with transaction() as session:
        send_soon_to(session, kind.name, ref, user_ids, good_until=good_until)


def received(simulator: LiveServer, openid: str) -> list[dict[str, Any]]:
    """What WeChat delivered."""
    reply = requests.get(f"{simulator.url}/_control/messages", {"openid": openid}, timeout=10)
    found: list[dict[str, Any]] = reply.json()["messages"]
    return found


def statuses() -> Counter[str]:
    """How many messages have which status."""
    db.session.rollback()
    return Counter(db.session.scalars(select(Message.status)))


def now() -> datetime:
    """By the database's clock."""
    found = db.session.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(found, datetime)
    return found


def quiet_for_hours(hours: int = 12) -> None:
    """As if the quiet hours had begun an hour ago, and last some more."""
    local = now().astimezone(SHOP_ZONE)
    set_setting(QUIET_FROM, f"{local - timedelta(hours=1):%H:%M}")
    set_setting(QUIET_UNTIL, f"{local + timedelta(hours=hours):%H:%M}")


def morning_comes() -> None:
    """As if the quiet hours had ended: the times that are stored have passed, the sweep runs."""
    without_quiet_hours()
    with transaction() as session:
        session.execute(text("UPDATE messages SET not_before = now() WHERE not_before IS NOT NULL"))
    release_waiting()
