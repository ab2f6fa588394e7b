"""What features do: say that the shop owes a shopper money, or take that back."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.failpoints import around_commit
from mall.messages.sending import send_soon
from mall.payouts.by_hand_pending import waits_for_hand
from mall.payouts.debts import offset, owe_back
from mall.payouts.kinds import PAYOUT_KINDS
from mall.payouts.locking import lock_payout
from mall.payouts.models import Payout
from mall.payouts.numbers import new_payout_no

READY_MESSAGE = "payout_ready"


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed: for which `source` of a kind in PAYOUT_KINDS, how much in fen, and what the
    shopper reads."""

    kind: str
    source: str
    amount_fen: int
    title: str


@dataclass(frozen=True, slots=True)
class Back:
    """Of what was due back: what hadn't been paid yet, and what the shopper owes now, in fen."""

    taken_fen: int
    debt_fen: int


def owe(session: Session, user_id: int, owed: Owed) -> int:
    """The shop owes a shopper this: the payout's id. Again for the same source is once.

    An older debt of the shopper's is paid by it first; of the rest the shopper is told.
    """
    made: int | None = session.scalar(
        insert(Payout)
        .values(payout_no=new_payout_no(), user_id=user_id, **asdict(owed))
        .on_conflict_do_nothing(index_elements=[Payout.kind, Payout.source])
        .returning(Payout.id)
    )
    if made is None:
        same = select(Payout.id).where(Payout.kind == owed.kind, Payout.source == owed.source)
        return session.scalars(same).one()
    payout = lock_payout(session, Payout.id == made)
    assert payout is not None
    if PAYOUT_KINDS[owed.kind].pays_debts:
        offset(session, payout)
    if payout.status == "ready":
        send_soon(session, READY_MESSAGE, payout.payout_no, user_id)
    return made


def void(session: Session, payout: Payout) -> None:
    """Nothing of a locked payout that is ready is owed any more."""
    if payout.status != "ready":
        raise ValueError(f"payout {payout.payout_no} is {payout.status}")
    payout.back_fen, payout.status = payout.amount_fen - payout.offset_fen, "void"
    session.flush()


def take_back(session: Session, payout_id: int, amount_fen: int) -> Back:
    """So much of a payout isn't owed any more.

    What waits for the shopper becomes less; of what is under way, was paid, or may have been paid
    by hand the shopper owes the amount. Never called for more than was owed.
    """
    around_commit(session, "payouts.before_back_commit", "payouts.after_back_commit")
    payout = lock_payout(session, Payout.id == payout_id)
    if payout is None:
        raise ValueError(f"there is no payout {payout_id}")
    waits = payout.status == "ready" and not waits_for_hand(session, payout)
    taken_fen = min(amount_fen, payout.payable_fen) if waits else 0
    if taken_fen:
        payout.back_fen += taken_fen
        if payout.payable_fen == 0:
            payout.status = "void"
        session.flush()
    debt_fen = amount_fen - taken_fen
    if debt_fen:
        owe_back(session, payout, debt_fen)
    return Back(taken_fen, debt_fen)
