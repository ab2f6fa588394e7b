"""A sale as a page that shoppers look at and share."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from mall.flashsale.models import ARMED, DRAFT, PAUSED, FlashSession
from mall.sharing.pages.kinds import Page, PageKind


def _session_page(session: Session, session_id: int) -> Page | None:
    """One that is announced, and isn't over."""
    announced = or_(
        FlashSession.state.in_((ARMED, PAUSED)), (FlashSession.state == DRAFT) & FlashSession.ready
    )
    going_on = FlashSession.ends_at > func.clock_timestamp()
    found = select(FlashSession.id).where(FlashSession.id == session_id, announced, going_on)
    return None if session.scalar(found) is None else Page("flash_session", session_id)


SESSION_PAGE = PageKind("flash_session", "秒杀场次页", _session_page)
