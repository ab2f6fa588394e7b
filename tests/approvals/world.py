"""A kind of approval for tests, two members of the staff, and a note of what was carried out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, current_app, g
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.approvals.kinds import APPROVAL_KINDS, ApprovalKind, Approved
from mall.approvals.requesting import request_approval
from mall.kernel.db import db, transaction
from mall.kernel.errors import Conflict
from mall.kernel.features import Mall
from mall.kernel.http.access import Staff
from mall.staff import sessions
from mall.staff.models import Role
from tests.support.features import installed
from tests.support.staff import make_staff

KIND, PERMISSION = "tests.gift", "gift:approve"


class Empty(Conflict):
    code = "nothing_left"
    message = "已经没有了"


@dataclass
class Desk:
    """Who asks, who decides, what was carried out. `left` is how often it can be."""

    left: int = 1
    done: list[Approved] = field(default_factory=list)
    asker: Staff = field(init=False)
    decider: Staff = field(init=False)
    asker_token: str = field(init=False)
    decider_token: str = field(init=False)

    def __post_init__(self) -> None:
        self.asker_token = make_staff("staff:read", PERMISSION, username="anna")
        self.decider_token = make_staff("approval:read", PERMISSION, username="bert")
        self.asker, self.decider = staff(self.asker_token), staff(self.decider_token)

    def execute(self, session: Session, approved: Approved) -> str:
        """What leaves a row, so that only a commit counts."""
        session.execute(
            Role.__table__.insert().values(name=f"gift {secrets.token_hex(8)}", permissions=[])
        )
        if len(self.done) >= self.left:
            raise Empty
        self.done.append(approved)
        return f"G{approved.approval_id}"

    def ask(self, ref: str = "1", by: Staff | None = None) -> int:
        """Ask as a member of the staff would; the request's id."""
        with as_staff(by or self.asker), transaction() as session:
            return request_approval(session, KIND, ref, {"gift": "枕头"}, "老顾客")

    def install(self, mall: Mall) -> None:
        mall.add(
            APPROVAL_KINDS,
            ApprovalKind(
                name=KIND,
                label="赠品",
                permission=PERMISSION,
                execute=self.execute,
                describe=lambda payload: f"赠送{payload['gift']}",
            ),
        )


def staff(token: str) -> Staff:
    found = sessions.staff_by_token(token)
    assert found is not None
    return found


@contextmanager
def desk_of(app: Flask, left: int = 1) -> Iterator[Desk]:
    desk = Desk(left)
    with installed(desk.install, app):
        yield desk


@contextmanager
def as_staff(who: Staff) -> Iterator[None]:
    """A request of theirs, which is where the acting staff member is found."""
    with current_app.test_request_context():
        g.principal = who
        yield


def gifts() -> int:
    """How often it was carried out, as the database has it."""
    db.session.rollback()
    return len(db.session.scalars(select(Role.id).where(Role.name.like("gift %"))).all())


def overdue(approval_id: int) -> None:
    """Let a request's time be over."""
    db.session.execute(
        text("UPDATE approvals SET expires_at = now() - interval '2 minutes' WHERE id = :id"),
        {"id": approval_id},
    )
    db.session.commit()
