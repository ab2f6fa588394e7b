"""Giving points and taking them, and undoing what was given. Each is safe to repeat.

The order of locks: the account comes last, after the order and the stock. Whoever changes
several shoppers' points goes by ascending shopper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from mall.kernel.ledger import Reason
from mall.kernel.prepared import PreparedStatement
from mall.points.ledger import accounts, lots
from mall.points.ledger.accounts import Change
from mall.points.ledger.errors import PointsShort
from mall.points.ledger.expiring import lock_current
from mall.points.ledger.kinds import REPAY, REVERSE, THAW

_GRANT = accounts.writing(then=f", lot AS ({lots.MAKE})")
_LOT = PreparedStatement(
    """
    SELECT id, user_id, entry_id, granted, remaining, frozen, reversed, expired
    FROM points_lots WHERE entry_id = :entry_id
    """
)
_THAW = PreparedStatement(
    """
    UPDATE points_lots SET frozen = false, expires_at = CAST(:expires_at AS timestamptz),
        changed_at = clock_timestamp()
    WHERE id = :lot_id
    """
)
_REVERSED = PreparedStatement(
    """
    UPDATE points_lots SET reversed = reversed + :points, expired = expired - :expired,
        changed_at = clock_timestamp()
    WHERE id = :lot_id
    """
)


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry, and whether it had been made before."""

    entry_id: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Reversed:
    """Of the points that were due back now: how many came, how many are owed."""

    taken: int
    debt: int


def post(
    session: Session,
    user_id: int,
    reason: Reason,
    points: int,
    *,
    expires_at: datetime | None = None,
    frozen: bool = False,
) -> Posted:
    """Give `points` (above zero), or take so many available ones (below zero).

    What is given pays a debt first, unless it is `frozen`: then it waits for `thaw`. It never
    expires without `expires_at`. Raises PointsShort when there are too few to take.
    """
    if points < 0:
        return _take(session, user_id, reason, -points)
    account = accounts.lock(session, user_id)
    change = Change(frozen=points) if frozen else Change(available=points)
    terms = {"points": points, "waits": frozen, "expires_at": expires_at}
    made = accounts.write_by(_GRANT, session, user_id, reason, change, **terms)
    if made is None:
        return _posted_before(session, reason)
    if account.debt and not frozen:
        pay_debt(session, user_id, made.id)
    return Posted(made.id, repeated=False)


def _take(session: Session, user_id: int, reason: Reason, points: int) -> Posted:
    lock_current(session, user_id)
    made = accounts.write_by(accounts.WRITE, session, user_id, reason, Change(available=-points))
    if made is None:
        return _posted_before(session, reason)
    lots.take(session, user_id, made.id, points)
    return Posted(made.id, repeated=False)


def _posted_before(session: Session, reason: Reason) -> Posted:
    """Nothing was moved: it had been before, or there is too little."""
    known = accounts.entry_of(session, reason)
    if known is None:
        raise PointsShort
    return Posted(known, repeated=True)


def thaw(session: Session, entry_id: int, expires_at: datetime | None) -> int:
    """What is left of a frozen grant becomes available; how many points. Repeats do nothing."""
    user_id = _lot_of(session, entry_id).user_id
    account = accounts.lock(session, user_id)
    lot = _lot_of(session, entry_id)
    if not lot.frozen:
        return 0
    _THAW.rows(session, lot_id=lot.id, expires_at=expires_at)
    left = int(lot.remaining)
    if left:
        change = Change(frozen=-left, available=left)
        thawed = accounts.write(session, user_id, Reason(THAW, str(entry_id)), change)
        if account.debt:
            pay_debt(session, user_id, thawed)
    return left


def reverse(session: Session, entry_id: int, share: Fraction = Fraction(1)) -> Reversed:
    """Undo the grant of an entry, as it was recorded. `share` is what of it is undone in all.

    A repeated or an older share takes nothing more. Units round down, the whole is the whole.
    """
    account, lot = _lock_grant(session, entry_id)
    due = int(lot.granted * share) - lot.reversed
    return _undo(session, account, lot, due) if due > 0 else Reversed(0, 0)


def take_back(session: Session, entry_id: int, points: int) -> Reversed:
    """Undo `points` more of a grant.

    They come from the grant's own lot; what has expired of it is gone already. What was spent
    comes from the shopper's other points, and is a debt where there are too few.
    """
    return _undo(session, *_lock_grant(session, entry_id), points)


def _lock_grant(session: Session, entry_id: int) -> tuple[Any, Any]:
    """The account, locked, and the lot of a grant."""
    account = lock_current(session, _lot_of(session, entry_id).user_id)
    return account, _lot_of(session, entry_id)


def _undo(session: Session, account: Any, lot: Any, points: int) -> Reversed:
    own = min(points, lot.remaining)
    expired = min(points - own, lot.expired)
    spent = points - own - expired
    others = 0 if lot.frozen else min(spent, account.available - own)
    debt = spent - others
    change = Change(available=-own - others, debt=debt)
    if lot.frozen:
        change = Change(frozen=-own, debt=debt)
    if own or others or debt:
        reason = Reason(REVERSE, f"{lot.entry_id}:{lot.reversed + points}")
        written = accounts.write(session, lot.user_id, reason, change)
        if own:
            lots.take_from(session, lot.id, written, own)
        lots.take(session, lot.user_id, written, others)
    _REVERSED.rows(session, lot_id=lot.id, points=points, expired=expired)
    return Reversed(points - debt, debt)


def pay_debt(session: Session, user_id: int, cause_id: int) -> None:
    """Available points pay what is owed; `cause_id` is the entry that brought them."""
    account = accounts.lock(session, user_id)
    paid = min(account.available, account.debt)
    if paid:
        change = Change(available=-paid, debt=-paid)
        entry_id = accounts.write(session, user_id, Reason(REPAY, str(cause_id)), change)
        lots.take(session, user_id, entry_id, paid)


def _lot_of(session: Session, entry_id: int) -> Any:
    lot = _LOT.first(session, entry_id=entry_id)
    if lot is None:
        raise ValueError(f"entry {entry_id} has given nothing")
    return lot
