"""Staff give or take points at a point, by the code that a shopper shows there."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.clock import shop_day
from mall.kernel.db import constraint_of, db_now, transaction
from mall.kernel.failpoints import around_commit
from mall.kernel.ledger import Reason
from mall.points.ledger import accounts, holding
from mall.points.ledger.errors import AccountClosed
from mall.points.ledger.forfeiting import is_closed
from mall.points.ledger.kinds import TILL_GRANT, TILL_TAKE
from mall.points.ledger.posting import post
from mall.points.ledger.validity import valid_until
from mall.points.till import codes, limits
from mall.points.till.errors import (
    TillCodeUsed,
    TillNotHere,
    TillPointClosed,
    TillPointUnknown,
    TillReceiptUsed,
)
from mall.points.till.limits import Counted
from mall.points.till.models import GRANT, TAKE, TillEntry
from mall.points.till.till_message import tell_of_taking
from mall.shipping.serving import hindrance, serves
from mall.staff.audit import record
from mall.users.shown_codes import code_hash

_ONCE = {
    "uq_till_entries_code_hash": TillCodeUsed(param="code"),
    "uq_till_entries_receipt": TillReceiptUsed(param="receipt_no"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What staff want: `points` above zero, for a receipt, a reason, or both."""

    point_id: int
    points: int
    receipt_no: str | None = None
    reason: str = ""

    @property
    def note(self) -> str:
        """What the statement tells staff."""
        return " ".join(part for part in (self.receipt_no, self.reason) if part)


def source_of(entry_id: int) -> str:
    """The source of an entry in the ledger."""
    return f"till:{entry_id}"


def enter(staff_id: int, direction: str, code: str, wish: Wish) -> int:
    """Give (`grant`) or take (`take`) points at once; the id of the entry.

    Of several who use one code at once, one has it; what is refused leaves the code as it was.
    Raises TillPointUnknown, TillPointClosed, TillNotHere, TillCodeUnknown, TillCodeUsed,
    TillCodeExpired, TillReceiptUsed, TillLimit, AccountClosed, PointsShort.
    """
    with transaction() as session:
        around_commit(session, "points.before_till_commit", "points.after_till_commit")
        _may_serve(session, wish.point_id, staff_id)
        hashed = code_hash(code)
        user_id = codes.use(session, hashed)
        day = shop_day(db_now(session))
        counted = Counted(day, direction, wish.points, wish.point_id, staff_id, user_id)
        entry_id = _insert(session, counted, wish, hashed)
        limits.count(session, counted)
        _move(session, entry_id, counted, wish.note)
        if direction == TAKE:
            tell_of_taking(session, entry_id, user_id)
        record(
            session,
            action=f"till.{direction}",
            target_type="shopper",
            target_id=user_id,
            after={**asdict(wish), "entry_id": str(entry_id)},
        )
        return entry_id


def may_serve(session: Session, point_id: int, staff_id: int) -> None:
    """Raises TillNotHere for staff who aren't bound to the point."""
    if not serves(session, point_id, staff_id):
        raise TillNotHere(param="point_id")


def _may_serve(session: Session, point_id: int, staff_id: int) -> None:
    why = hindrance(session, point_id)
    if why is not None:
        raise {"unknown": TillPointUnknown, "closed": TillPointClosed}[why](param="point_id")
    may_serve(session, point_id, staff_id)


def _insert(session: Session, counted: Counted, wish: Wish, hashed: bytes) -> int:
    values = {**asdict(counted), "receipt_no": wish.receipt_no, "reason": wish.reason}
    try:
        return session.execute(
            insert(TillEntry).values(**values, code_hash=hashed).returning(TillEntry.id)
        ).scalar_one()
    except IntegrityError as fault:
        refusal = _ONCE.get(constraint_of(fault) or "")
        if refusal is None:
            raise
        raise refusal from None


def _move(session: Session, entry_id: int, counted: Counted, note: str) -> None:
    """The account comes last in the order of locks."""
    user_id = counted.user_id
    accounts.lock(session, user_id)
    if is_closed(session, user_id):
        raise AccountClosed
    kind = TILL_GRANT if counted.direction == GRANT else TILL_TAKE
    reason = Reason(kind, source_of(entry_id), note, counted.staff_id)
    if counted.direction == GRANT:
        post(session, user_id, reason, counted.points, expires_at=valid_until(db_now(session)))
    else:
        holding.spend(session, user_id, reason, counted.points)
