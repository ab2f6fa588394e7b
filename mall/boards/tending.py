"""Keeping the views right, closing what is due, giving prizes: what the sweep does."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import Select, func, select

from mall.boards.awarding import award
from mall.boards.comparing import differs
from mall.boards.freezing import close
from mall.boards.models import CLOSED, OPEN, Board
from mall.boards.view.building import build_view, tell_again, view_state
from mall.kernel.db import db
from mall.kernel.jobs import brief
from mall.kernel.redis import RedisError

BATCH = 100


def close_due() -> int:
    """Close the boards whose time is over, and give their prizes; how many were closed.

    One that fails is tried again by the next sweep and holds up no other.
    """
    query = (
        select(Board.id)
        .where(Board.status != CLOSED, Board.closes_at <= func.clock_timestamp())
        .order_by(Board.closes_at)
        .limit(BATCH)
    )
    closed = sum(_quietly(board_id, close) for board_id in _ids(query))
    query = select(Board.id).where(Board.status == CLOSED, Board.awarded_at.is_(None))
    for board_id in _ids(query.order_by(Board.closes_at).limit(BATCH)):
        _quietly(board_id, award)
    return closed


def tend_views() -> None:
    """Tell each live view what changed lately; build those that can't be read."""
    for board_id in open_boards():
        _quietly(board_id, tend)


def tend(board_id: int) -> bool:
    """Tell one view what changed lately, or build it; True when it had to be built."""
    if view_state(board_id) == "ok":
        tell_again(board_id)
        return False
    return build_view(board_id)


def check_views() -> None:
    """Compare each live view with PostgreSQL, all of it, and build anew what differs."""
    for board_id in open_boards():
        _quietly(board_id, _check)


def open_boards() -> list[int]:
    """Ids of the boards with a live view: begun, and not being frozen."""
    return _ids(
        select(Board.id)
        .where(Board.status == OPEN, Board.starts_at <= func.clock_timestamp())
        .order_by(Board.id)
    )


def _check(board_id: int) -> bool:
    return build_view(board_id) if differs(board_id) else False


def _quietly(board_id: int, what: Callable[[int], object]) -> bool:
    try:
        return bool(what(board_id))
    except RedisError as fault:
        structlog.get_logger("mall.boards").warning(
            "view unreachable", board_id=board_id, error=brief(fault)
        )
    except Exception as fault:
        db.session.rollback()
        structlog.get_logger("mall.boards").error(
            "board not tended", board_id=board_id, error=brief(fault)
        )
    return False


def _ids(query: Select[int]) -> list[int]:
    found: list[int] = list(db.session.scalars(query))
    db.session.rollback()
    return found
