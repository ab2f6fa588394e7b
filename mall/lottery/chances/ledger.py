"""Chances: given as rewards, bought with points or as boxes, used by draws. A ledger: a change is
an entry, once a (kind, source), and a shopper's chances are the sum of the entries.

Whoever changes a shopper's chances holds their row until the commit, so it comes last: after the
points account. In a lottery of blind boxes the count of its promised boxes follows, the very last
lock (`boxes.promising`). A reward may give points beside chances, in any order, so giving and
taking back lock the account first (as `mall.missions.checkin.cards`).

What gives, sells or takes back a chance holds the lottery's row for share of its key: so its box is
bound before or after that, and counts it either way.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.compliance.campaigns import FOLLOWED, SHARE_OPENED, SHARED
from mall.kernel.prepared import PreparedStatement
from mall.lottery.boxes.opening import open_box
from mall.lottery.boxes.promising import promise
from mall.lottery.chances.kinds import CHANCE, DRAW, GRANT, TAKE_BACK
from mall.lottery.errors import LotteryNoChance, LotteryOver
from mall.lottery.models import Lottery
from mall.points.ledger import accounts
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Part, TakenBack

MAX_COUNT = 100
FORBIDDEN_GROUNDS = frozenset({SHARED, SHARE_OPENED, FOLLOWED})
"""For these nobody gets a chance (abuse of sharing, WeChat 5.1)."""
_OPEN = PreparedStatement(
    "INSERT INTO lottery_chances (lottery_id, user_id) VALUES (:lottery_id, :user_id)"
    " ON CONFLICT DO NOTHING"
)
_LOCK = PreparedStatement(
    "SELECT given, bought, boxed FROM lottery_chances"
    " WHERE lottery_id = :lottery_id AND user_id = :user_id FOR NO KEY UPDATE"
)
# Nothing is moved for a (kind, source) that there is: another that has it has committed, since
# the account is locked.
_MOVE = PreparedStatement(
    """
    WITH written AS (
        INSERT INTO lottery_chance_entries
            (lottery_id, user_id, kind, source, given, bought, boxed, points)
        VALUES (:lottery_id, :user_id, CAST(:kind AS text), CAST(:source AS text), :given, :bought,
                :boxed, :points)
        ON CONFLICT (kind, source) DO NOTHING
        RETURNING id
    ), moved AS (
        UPDATE lottery_chances
        SET given = given + :given, bought = bought + :bought, boxed = boxed + :boxed
        WHERE lottery_id = :lottery_id AND user_id = :user_id AND EXISTS (SELECT FROM written)
    )
    SELECT id FROM written
    """
)
_ENTRY = PreparedStatement(
    "SELECT lottery_id, user_id FROM lottery_chance_entries WHERE id = :entry_id"
)


@dataclass(frozen=True, slots=True)
class Move:
    """An entry: `source` names what it was for, once a kind. `points` were paid for it."""

    kind: str
    source: str
    given: int = 0
    bought: int = 0
    boxed: int = 0
    points: int = 0


def hold_lottery(session: Session, lottery_id: int) -> None:
    """Nobody binds a box to the lottery until the commit."""
    key = select(Lottery.id).where(Lottery.id == lottery_id)
    session.execute(key.with_for_update(read=True, key_share=True))


def lock_chances(session: Session, user_id: int, lottery_id: int) -> Any:
    """Lock a shopper's chances in a lottery: `given`, `bought` and `boxed` ones."""
    whose = {"user_id": user_id, "lottery_id": lottery_id}
    held = _LOCK.first(session, **whose)
    while held is None:
        _OPEN.rows(session, **whose)
        held = _LOCK.first(session, **whose)
    return held


def write_entry(session: Session, user_id: int, lottery_id: int, move: Move) -> int | None:
    """Move chances that are locked; the entry's id, None when it was written before.

    In a lottery of blind boxes each chance is promised its box, and gives it up when it is taken
    back; those of an order are promised with the order. Raises BoxesGone.
    """
    made = _MOVE.first(
        session,
        user_id=user_id,
        lottery_id=lottery_id,
        kind=move.kind,
        source=move.source,
        given=move.given,
        bought=move.bought,
        boxed=move.boxed,
        points=move.points,
    )
    if made is None:
        return None
    if move.kind != DRAW and not move.boxed:
        promise(session, lottery_id, move.given + move.bought)
    return int(made.id)


def give_chances(
    session: Session, user_id: int, lottery_id: int, count: int, source: str, *, ground: str
) -> bool:
    """Give chances once a source; False when that was done before. `ground` is what for, as
    compliance names it. Raises LotteryOver, BoxesGone; ValueError for a ground that never gives
    one."""
    if ground in FORBIDDEN_GROUNDS:
        raise ValueError(f"no chance for {ground}")
    return _give(session, user_id, lottery_id, count, source) is not None


def use_chance(session: Session, user_id: int, lottery_id: int, number: int) -> None:
    """Use one chance for a draw: a given one first, then one for points, then a box of an order.
    Raises LotteryNoChance."""
    held = lock_chances(session, user_id, lottery_id)
    if not held.given + held.bought + held.boxed:
        raise LotteryNoChance
    column = "given" if held.given else "bought" if held.bought else "boxed"
    move = Move(DRAW, f"{lottery_id}:{number}", **{column: -1})
    if write_entry(session, user_id, lottery_id, move) is None:
        raise RuntimeError(f"draw {number} of lottery {lottery_id} used a chance before")
    if move.boxed:
        open_box(session, user_id, lottery_id, number)


def _give(session: Session, user_id: int, lottery_id: int, count: int, source: str) -> int | None:
    open_lottery = select(Lottery.id).where(Lottery.id == lottery_id, Lottery.ended_at.is_(None))
    if session.scalar(open_lottery.with_for_update(read=True, key_share=True)) is None:
        raise LotteryOver
    accounts.lock(session, user_id)
    lock_chances(session, user_id, lottery_id)
    return write_entry(session, user_id, lottery_id, Move(GRANT, source, given=count))


class ChanceGranter:
    """Gives chances of one lottery. Who may reward sharing is the rules' of compliance to say:
    each feature describes its ground, and `reward_for_sharing` refuses those."""

    kind = CHANCE

    def check(self, session: Session, part: Part) -> None:
        """For a lottery that isn't over, a draft too: its missions are made before its start."""
        known = part.what.isascii() and part.what.isdigit() and int(part.what) < 1 << 63
        if not known or part.count > MAX_COUNT:
            raise RewardUnknown(param="reward")
        found = select(Lottery.id).where(Lottery.id == int(part.what), Lottery.ended_at.is_(None))
        if session.scalar(found) is None:
            raise RewardUnknown(param="reward")

    def cost_fen(self, session: Session, part: Part) -> int | None:
        """Nothing: prizes are bounded by the lottery's own budget."""
        return 0

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """The receipt is the entry's id. The rewards see to it that this comes once."""
        entry_id = _give(session, user_id, int(part.what), part.count, secrets.token_hex(16))
        return str(entry_id)

    def take_back(self, session: Session, user_id: int, receipt: str, units: int) -> TakenBack:
        """Given chances that are left come back; those that were used are owed."""
        entry = _ENTRY.first(session, entry_id=int(receipt))
        if entry is None:
            raise ValueError(f"entry {receipt} has given nothing")
        hold_lottery(session, entry.lottery_id)
        accounts.lock(session, user_id)
        held = lock_chances(session, user_id, entry.lottery_id)
        taken = min(units, held.given)
        if taken:
            move = Move(TAKE_BACK, f"{receipt}:{secrets.token_hex(8)}", given=-taken)
            write_entry(session, user_id, entry.lottery_id, move)
        return TakenBack(taken, units - taken)
