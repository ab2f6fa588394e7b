"""The inbox: listed, counted, read, emptied after 90 days."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from mall.coupons.settings import EXPIRING_TEMPLATE
from mall.kernel.db import db, transaction
from mall.messages import daily_cap, inbox
from mall.messages.models import InboxMessage, MarketingDay
from tests.support.http import Http, error_code
from tests.support.messages import NEWS, TEMPLATE, news_kinds, reader, send
from tests.support.settings import set_template
from tests.support.users import make_shopper

INBOX = "/api/v1/messages/inbox"


@pytest.fixture
def phone(app: Flask, http: Http) -> Iterator[Http]:
    """A shopper with five messages, who allowed none."""
    with news_kinds(NEWS):
        set_template(EXPIRING_TEMPLATE, TEMPLATE, page="pages/news")
        me = reader(allows=0)
        for ref in "abcde":
            send(NEWS, ref, me.user_id)
        yield http.as_(me.token)


def unread(phone: Http) -> int:
    count: int = phone.get(f"{INBOX}/badge").get_json()["unread"]
    return count


def test_by_pages_the_newest_first(phone: Http) -> None:
    first = phone.get(INBOX, limit="3").get_json()
    second = phone.get(INBOX, limit="3", cursor=first["next_cursor"]).get_json()
    items = first["items"] + second["items"]
    assert [item["body"] for item in items] == [f"「{ref}」来了。" for ref in "edcba"]
    assert second["next_cursor"] is None
    assert {(item["title"], item["kind"], item["page"]) for item in items} == {
        ("新品上架", "test_news", "pages/news")
    }


def test_one_is_read(phone: Http) -> None:
    newest = phone.get(INBOX).get_json()["items"][0]["id"]
    for _ in range(2):
        assert phone.put(f"{INBOX}/{newest}/read").status_code == 204
    first, second, *_ = phone.get(INBOX).get_json()["items"]
    assert (first["read_at"] is None, second["read_at"] is None) == (False, True)
    assert unread(phone) == 4


def test_all_are_read_but_not_what_came_since(phone: Http) -> None:
    items = phone.get(INBOX).get_json()["items"]
    assert phone.put(f"{INBOX}/read", {"up_to": items[1]["id"]}).status_code == 204
    assert unread(phone) == 1
    assert phone.put(f"{INBOX}/read", {"up_to": items[0]["id"]}).status_code == 204
    assert unread(phone) == 0
    assert phone.put(f"{INBOX}/read", {}).status_code == 422


def test_nobody_reads_anothers(phone: Http, http: Http) -> None:
    mine = phone.get(INBOX).get_json()["items"][0]["id"]
    stranger = http.as_(make_shopper()[1])
    answer = stranger.put(f"{INBOX}/{mine}/read")
    assert (answer.status_code, error_code(answer)) == (404, "message_not_found")
    stranger.put(f"{INBOX}/read", {"up_to": mine})
    assert (unread(phone), unread(stranger)) == (5, 0)
    assert stranger.get(INBOX).get_json()["items"] == []


def test_emptied_after_90_days_in_batches(phone: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "BATCH", 2)
    with transaction() as session:
        session.execute(
            text(
                "UPDATE inbox_messages SET created_at = now() - interval '91 days'"
                " WHERE id <> (SELECT max(id) FROM inbox_messages)"
            )
        )
    inbox.empty_inboxes()
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(InboxMessage)) == 1
    assert unread(phone) == 1


def test_counts_of_days_are_forgotten(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily_cap, "BATCH", 1)
    user_id, _ = make_shopper()
    with transaction() as session:
        for age in (0, 89, 92, 93):
            session.execute(
                text(
                    "INSERT INTO marketing_days (user_id, day, counted, allowed)"
                    " VALUES (:user, current_date - CAST(:age AS int), 0, 3)"
                ),
                {"user": user_id, "age": age},
            )
    daily_cap.forget_days()
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(MarketingDay)) == 2
