"""Timing of pages: a shopper looks at one page at a time, and tells so by numbered beats.

The database's clock times. Between two beats counts what has passed, at most the interval of
the beats, within the day's cap. The shopper's row of the day is the lock: of beats, of
further pages, and of what is told of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.missions.browsing import metrics, tokens
from mall.missions.browsing.errors import (
    ViewBeatSkipped,
    ViewSessionExpired,
    ViewSessionLimit,
    ViewSessionOver,
)
from mall.missions.browsing.events import Browsed
from mall.missions.browsing.models import ViewDay, ViewSession
from mall.missions.browsing.settings import VIEW_BEAT_S, VIEW_DAY_S, VIEW_SESSIONS
from mall.missions.browsing.tokens import ViewToken
from mall.sharing.pages.kinds import Page, shown_page

SESSION_S = 1_800
"""How long a session lasts; it ends with the shop day at the latest."""
STEP_S = 15
"""What is told of a page while it is looked at; the rest is told at its end."""
MS = 1_000


@dataclass(frozen=True, slots=True)
class BegunView:
    """A session that has begun. The client sends a beat every `beat_every_s`."""

    token: str
    beat_every_s: int
    expires_at: datetime
    counted_today_s: int
    day_limit_s: int


@dataclass(frozen=True, slots=True)
class CountedView:
    """What is counted of this look at the page, and of all pages of the day."""

    counted_s: int
    counted_today_s: int
    day_limit_s: int


_OPEN = PreparedStatement(
    f"""
    INSERT INTO view_days AS d (user_id, day, sessions)
    VALUES (:user_id, CAST(timezone('{SHOP_ZONE.key}', clock_timestamp()) AS date), 1)
    ON CONFLICT (user_id, day) DO UPDATE SET sessions = d.sessions + 1
    WHERE d.sessions < :limit
    RETURNING day, session_id, counted_ms, earlier_ms
    """  # noqa: S608
)
_BEGIN = text(
    f"""
    WITH made AS (
        INSERT INTO view_sessions (user_id, day, page_kind, page_id, category_id, started_at)
        VALUES (:user_id, :day, :kind, :page_id, :category_id, clock_timestamp())
        RETURNING id, started_at
    )
    UPDATE view_days d SET session_id = made.id, earlier_ms = counted_ms, beat = 0,
        gained_ms = 0, ended = false, seen_at = made.started_at
    FROM made WHERE d.user_id = :user_id AND d.day = :day
    RETURNING d.session_id, date_trunc('second', least(
        made.started_at + make_interval(secs => :life_s),
        timezone('{SHOP_ZONE.key}', CAST(d.day + 1 AS timestamp))
    )) AS expires_at
    """  # noqa: S608
)
# One statement counts. A beat that waited for another one finds the row as that one left it.
_BEAT = PreparedStatement(
    """
    UPDATE view_days d SET
        beat = :beat,
        ended = :last,
        seen_at = greatest(d.seen_at, m.now),
        gained_ms = least(
            greatest(CAST(floor(extract(epoch FROM m.now - d.seen_at) * 1000) AS bigint), 0),
            :interval_ms, greatest(:day_ms - d.counted_ms, 0)
        ),
        counted_ms = d.counted_ms + least(
            greatest(CAST(floor(extract(epoch FROM m.now - d.seen_at) * 1000) AS bigint), 0),
            :interval_ms, greatest(:day_ms - d.counted_ms, 0)
        )
    FROM (SELECT clock_timestamp() AS now) m
    WHERE d.user_id = :user_id AND d.day = :day AND d.session_id = :session_id
      AND d.beat = :beat - 1 AND NOT d.ended AND m.now < to_timestamp(:expires)
    RETURNING counted_ms, counted_ms - earlier_ms AS session_ms, gained_ms
    """
)


def begin(user_id: int, kind: str, page_id: int) -> BegunView:
    """Begin to time a page; the shopper's page before it is over.

    Raises PageNotFound, ViewSessionLimit.
    """
    with transaction() as session:
        page = shown_page(session, kind, page_id)
        day = _OPEN.first(session, user_id=user_id, limit=VIEW_SESSIONS.get())
        if day is None:
            raise ViewSessionLimit
        if day.session_id is not None:
            counted_ms = day.counted_ms - day.earlier_ms
            _tell(session, day.session_id, counted_ms, day.counted_ms)
        made = session.execute(_BEGIN, _values(user_id, day.day, page)).one()
    token = ViewToken(
        made.session_id, user_id, day.day.toordinal(), int(made.expires_at.timestamp())
    )
    return BegunView(
        token=tokens.sign(token),
        beat_every_s=VIEW_BEAT_S.get(),
        expires_at=made.expires_at,
        counted_today_s=day.counted_ms // MS,
        day_limit_s=VIEW_DAY_S.get(),
    )


def _values(user_id: int, day: date, page: Page) -> dict[str, object]:
    return {
        "user_id": user_id,
        "day": day,
        "kind": page.kind,
        "page_id": page.id,
        "category_id": page.category_id,
        "life_s": SESSION_S,
    }


def beat(user_id: int, token: str, number: int, *, last: bool = False) -> CountedView:
    """Count the time since the beat before; `last` ends the session. Beats begin with 1.

    One that was counted already adds nothing, and says what is counted. Raises
    ViewSessionNotFound (forged, or another shopper's), ViewSessionExpired, ViewSessionOver,
    ViewBeatSkipped.
    """
    try:
        return _beat(tokens.read(token, user_id), number, last)
    except MallError as refused:
        metrics.BEATS.labels(refused.code).inc()
        raise


def _beat(sent: ViewToken, number: int, last: bool) -> CountedView:
    with transaction() as session:
        counted = _BEAT.first(
            session,
            user_id=sent.user_id,
            day=sent.shop_day,
            session_id=sent.session_id,
            expires=sent.expires,
            beat=number,
            last=last,
            interval_ms=VIEW_BEAT_S.get() * MS,
            day_ms=VIEW_DAY_S.get() * MS,
        )
        if counted is None:
            return _why_not(session, sent, number)
        step_ms = STEP_S * MS
        before_ms = counted.session_ms - counted.gained_ms
        if last or counted.session_ms // step_ms > before_ms // step_ms:
            _tell(session, sent.session_id, counted.session_ms, counted.counted_ms)
    metrics.BEATS.labels("counted").inc()
    return _view(counted.session_ms, counted.counted_ms)


def _view(session_ms: int, day_ms: int) -> CountedView:
    return CountedView(session_ms // MS, day_ms // MS, VIEW_DAY_S.get())


def _why_not(session: Session, sent: ViewToken, number: int) -> CountedView:
    """What a beat that counted nothing is answered."""
    row = session.execute(
        select(
            ViewDay.session_id,
            ViewDay.beat,
            ViewDay.ended,
            ViewDay.counted_ms,
            (ViewDay.counted_ms - ViewDay.earlier_ms).label("session_ms"),
        ).where(ViewDay.user_id == sent.user_id, ViewDay.day == sent.shop_day)
    ).first()
    if row is None or row.session_id != sent.session_id:
        raise ViewSessionOver
    if number <= row.beat:
        metrics.BEATS.labels("again").inc()
        return _view(row.session_ms, row.counted_ms)
    if row.ended:
        raise ViewSessionOver
    if number > row.beat + 1:
        raise ViewBeatSkipped
    raise ViewSessionExpired


def _tell(session: Session, session_id: int, counted_ms: int, day_ms: int) -> None:
    """Keep what is counted of a session, and publish the seconds that weren't told yet.

    Under the lock of the shopper's day, as `session_id` is its last one.
    """
    row = session.execute(select(ViewSession.__table__).where(ViewSession.id == session_id)).one()
    more_s = counted_ms // MS - row.counted_ms // MS
    if counted_ms > row.counted_ms:
        session.execute(
            update(ViewSession).where(ViewSession.id == session_id).values(counted_ms=counted_ms)
        )
    if more_s > 0:
        publish(
            session,
            Browsed(
                user_id=row.user_id,
                day=str(row.day),
                seconds=more_s,
                page_seconds=counted_ms // MS,
                day_seconds=day_ms // MS,
                page_kind=row.page_kind,
                page_id=row.page_id,
                category_id=row.category_id,
                session_id=session_id,
                key=f"view:{session_id}:{counted_ms // MS}",
            ),
        )
