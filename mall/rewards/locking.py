"""Several grants in one transaction: what their granters lock before the shoppers' accounts is all
locked before the first of them is given or taken back (`Locks` says in which order)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.rewards.granters import LocksFirst, Part, granter_of
from mall.rewards.models import RewardPart


def lock_to_give(session: Session, given: Iterable[tuple[int, Part]]) -> None:
    """Before several grants: lock what all of them lock first; (shopper, part) each. A single one
    needs nothing: its own parts are in order. Raises RewardUnknown."""
    by_kind: dict[str, list[tuple[int, Part]]] = defaultdict(list)
    for user_id, part in given:
        by_kind[part.kind].append((user_id, part))
    for granter in _in_order(by_kind):
        granter.lock_to_give(session, by_kind[granter.kind])


def lock_to_confirm(session: Session, waiting: Mapping[int, int]) -> None:
    """The same before pending grants are confirmed, which are locked: shoppers by grant."""
    if len(waiting) > 1:
        parts = _parts(session, waiting)
        lock_to_give(session, [(waiting[p.grant_id], Part(p.kind, p.what, p.count)) for p in parts])


def lock_to_take(session: Session, grant_ids: Collection[int]) -> None:
    """Before several grants are taken back, which are locked: lock what of all that they gave is
    locked first."""
    if len(grant_ids) < 2:
        return
    by_kind: dict[str, list[str]] = defaultdict(list)
    for part in _parts(session, grant_ids):
        if part.receipt is not None:
            by_kind[part.kind].append(part.receipt)
    for granter in _in_order(by_kind):
        granter.lock_to_take(session, by_kind[granter.kind])


def _in_order(kinds: Iterable[str]) -> list[LocksFirst]:
    granters = [granter_of(kind) for kind in kinds]
    first = [one for one in granters if isinstance(one, LocksFirst)]
    return sorted(first, key=lambda one: (one.locks, one.kind))


def _parts(session: Session, grant_ids: Collection[int]) -> Sequence[Any]:
    part = RewardPart
    return session.execute(
        select(part.grant_id, part.kind, part.what, part.count, part.receipt).where(
            part.grant_id.in_(grant_ids)
        )
    ).all()
