"""Moderation in tests: contents of the tests' own kind, shoppers whom WeChat knows, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.jobs import run_pending
from mall.reviews.moderation.contents import (
    CONTENT_KINDS,
    HIDDEN,
    Change,
    ContentKind,
    Draft,
    submit,
)
from mall.reviews.moderation.deciding import decide
from mall.reviews.moderation.verdicts import take_push
from mall.staff.models import StaffMember
from mall.uploads.commands import Owner, store_picture
from mall.wechat.gateway import gateway
from tests.support.features import installed
from tests.support.pictures import motif
from tests.support.servers import LiveServer
from tests.support.users import make_shopper
from tests.support.wechat import login_code

KIND = "note"
_MODERATOR = (
    insert(StaffMember)
    .values(username="moderator", display_name="审核员", password_hash="!")
    .returning(StaffMember.id)
)


@contextmanager
def notes() -> Iterator[list[Change]]:
    """A kind of content is there inside the block; the list is what it was told."""
    told: list[Change] = []
    kind = ContentKind(KIND, "随记", lambda _session, change: told.append(change))
    with installed(lambda mall: mall.add(CONTENT_KINDS, kind)):
        yield told


def visitor(simulator: LiveServer) -> int:
    """A shopper who has just logged in, as WeChat knows: the id."""
    code, openid = login_code(simulator)
    gateway().mini.code_to_session(code)
    return make_shopper(openid=openid)[0]


def absent(simulator: LiveServer) -> int:
    """A shopper whom WeChat knows and who wasn't here within two hours: the id."""
    return make_shopper(openid=login_code(simulator)[1])[0]


def put(ref: int, user_id: int | None, written: str, *pictures: str) -> int:
    """Submit a note: the content's id."""
    with transaction() as session:
        return submit(session, Draft(KIND, ref, user_id, written, pictures))


def photo(user_id: int, seed: int, *, quality: int = 90, size: int = 240) -> str:
    """The name of an upload of a picture with shapes; one seed, one motif."""
    raw = motif(seed, quality=quality, size=size)
    return store_picture(Owner(user_id=user_id), raw).name


def work() -> None:
    """Every job that is due is done."""
    db.session.rollback()
    run_pending(current_app._get_current_object())  # type: ignore[attr-defined]


def row(content_id: int) -> Any:
    """The content's row, read afresh."""
    db.session.rollback()
    with transaction() as session:
        return session.execute(
            text("SELECT * FROM moderated_contents WHERE id = :id"), {"id": content_id}
        ).one()


def codes(content_id: int) -> list[str]:
    """What was found, by code."""
    return sorted(one["code"] for one in row(content_id).findings)


def trace_of(content_id: int) -> str:
    """The trace id under which WeChat took the content's picture."""
    db.session.rollback()
    with transaction() as session:
        return str(
            session.execute(
                text(
                    "SELECT trace_id FROM content_checks WHERE content_id = :id"
                    " AND trace_id IS NOT NULL"
                ),
                {"id": content_id},
            ).scalar_one()
        )


def verdict(trace_id: str, suggest: str, label: int = 100) -> dict[str, object]:
    """The fields of a push, as WeChat documents them."""
    return {
        "appid": "wx",
        "trace_id": trace_id,
        "version": 2,
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest}],
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": suggest, "label": label},
    }


def pushed(trace_id: str, suggest: str, label: int = 100) -> None:
    """WeChat's verdict on a picture has come."""
    with transaction() as session:
        take_push(session, verdict(trace_id, suggest, label))


def staff_decide(
    session: Session, kind: str, ref: int, status: str, reason: str | None = None
) -> bool:
    """Somebody of the staff decides of a content, with a ground where one is needed."""
    if status == HIDDEN:
        ground, reason = "privacy", reason or "电话号码"
    else:
        ground = None
    known = session.scalars(select(StaffMember.id).order_by(StaffMember.id).limit(1))
    staff_id = known.one_or_none() or session.scalars(_MODERATOR).one()
    return decide(session, kind, ref, status, reason=reason, legal_reason=ground, staff_id=staff_id)
