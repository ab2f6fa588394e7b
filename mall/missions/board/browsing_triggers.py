"""Missions about looking at pages, by the time that the server counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.models import Category
from mall.kernel.http.schemas import Id, Text, whole
from mall.missions.board.order_triggers import category_ids
from mall.missions.board.periods import last_moment_of, noon_of
from mall.missions.board.triggers import (
    DAYS,
    STREAK,
    Fact,
    Filter,
    Measure,
    Narrow,
    Trigger,
    once,
    own_shopper,
    units,
)
from mall.missions.browsing.events import Browsed
from mall.missions.browsing.models import ViewSession
from mall.sharing.pages.kinds import PAGE_KINDS

MAX_PAGES = 100
DAY_S = 86_400


def _has(name: str) -> Callable[[Iterable[Any]], Narrow]:
    """Only facts whose detail is one of these."""

    def read(wanted: Iterable[Any]) -> Narrow:
        known = frozenset(wanted)
        return lambda fact: fact if fact.details[name] in known else None

    return read


def _in_categories(wanted: Iterable[int]) -> Narrow:
    known = frozenset(wanted)
    return lambda fact: fact if not known.isdisjoint(fact.details["categories"]) else None


def _long_enough(least_s: int) -> Narrow:
    return lambda fact: fact if fact.amount >= least_s else None


def _known_kind(kind: str) -> None:
    if kind not in PAGE_KINDS.items():
        raise ValidationError("页面类型不存在")


def _some(of: fields.Field[Any]) -> fields.List[Any]:
    return fields.List(of, validate=validate.Length(min=1, max=MAX_PAGES))


PAGES = Filter(
    "page_kinds",
    "页面类型",
    lambda: _some(Text(at_most=30, validate=_known_kind)),
    read=_has("page_kind"),
)
PAGE_IDS = Filter("page_ids", "指定页面", lambda: _some(Id()), read=_has("page_id"))
"""Of one kind of pages: goes with `page_kinds`."""
CATEGORIES = Filter("category_ids", "商品所属类目", lambda: _some(Id()), read=_in_categories)
"""Pages of products, or of categories, that are in one of these or below."""
AT_LEAST_SECONDS = Filter(
    "at_least_seconds", "最少秒数", lambda: whole(1, DAY_S), read=_long_enough
)


def _looks(session: Session, event: Browsed) -> Iterator[Fact]:
    """One look at a page, with all of its seconds so far."""
    yield _of_page(session, event, f"view:{event.session_id}")


def _pages(session: Session, event: Browsed) -> Iterator[Fact]:
    """A page, however often it is looked at: its longest look counts."""
    yield _of_page(session, event, f"page:{event.page_kind}:{event.page_id}")


def _of_page(session: Session, event: Browsed, key: str) -> Fact:
    path = session.scalar(select(Category.path).where(Category.id == event.category_id))
    return Fact(
        key,
        _moment(session, event),
        amount=event.page_seconds,
        details={
            "page_kind": event.page_kind,
            "page_id": event.page_id,
            "categories": category_ids(path),
        },
    )


def _days(session: Session, event: Browsed) -> Iterator[Fact]:
    """A day with all of its seconds so far."""
    yield Fact(event.day, _moment(session, event), amount=event.day_seconds)


def _moment(session: Session, event: Browsed) -> datetime:
    """The last second that the event tells of, which is in the day of the look."""
    day = date.fromisoformat(event.day)
    begun: datetime | None = session.scalar(
        select(ViewSession.started_at).where(ViewSession.id == event.session_id)
    )
    if begun is None:  # deleted since
        return noon_of(day)
    return min(begun + timedelta(seconds=event.page_seconds), last_moment_of(day))


BROWSE = Trigger(
    name="browse",
    label="浏览页面",
    ground="browse",
    events=(Browsed,),
    shopper=own_shopper,
    facts=_looks,
    measures=(Measure("seconds", "浏览秒数", "再浏览 {left} 秒", units),),
    filters=(PAGES, PAGE_IDS, CATEGORIES, AT_LEAST_SECONDS),
    only_grows=True,
)
BROWSE_PAGES = Trigger(
    name="browse_pages",
    label="浏览不同的页面",
    ground="browse",
    events=(Browsed,),
    shopper=own_shopper,
    facts=_pages,
    measures=(Measure("count", "页面数", "再浏览 {left} 个页面", once),),
    filters=(PAGES, PAGE_IDS, CATEGORIES, AT_LEAST_SECONDS),
    only_grows=True,
)
BROWSE_DAYS = Trigger(
    name="browse_days",
    label="每日浏览",
    ground="browse",
    events=(Browsed,),
    shopper=own_shopper,
    facts=_days,
    measures=(
        Measure("days", "浏览天数", "再浏览 {left} 天", once, counting=DAYS),
        Measure("streak", "连续浏览天数", "再连续浏览 {left} 天", once, counting=STREAK),
    ),
    filters=(AT_LEAST_SECONDS,),
    only_grows=True,
)
