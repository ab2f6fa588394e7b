"""Sales to press at: gates loaded by the mall's own loader, shoppers with real passes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from time import sleep, time

from benchmarks.flash.servers import Tier
from benchmarks.flash.shooting import Press
from mall.flashsale.admission import SOLD_OUT_S
from mall.flashsale.gate import HeldTicket, ItemPlan, SessionPlan, Where, drop, load
from mall.flashsale.passes import PassKeys
from mall.kernel.db import db

SESSION, ITEM = 1_000_001, 1_000_001
"""Far from those that the mall itself has, whose streams its worker reads."""
PLENTY = 1_000_000_000
_open: list[Where] = []
_users = count(1)
_epochs = count(1)


def open_sale(
    tier: Tier, items: Sequence[int] = (ITEM,), *, left: int = PLENTY, known: int = 0
) -> list[Where]:
    """Fresh gates of these items, each with `known` shoppers who have bought before."""
    starts_at = datetime.now(UTC) - timedelta(minutes=1)
    plan = SessionPlan(
        session_id=SESSION,
        epoch=next(_epochs),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        limit=None,
        state="open",
        items=tuple(ItemPlan(item_id, left, 2) for item_id in items),
    )
    places = [plan.where(item) for item in plan.items]
    with tier.app.app_context():
        for where in _open:
            drop(where)
        _open[:] = places
        assert load(db.session(), plan, lambda _: _known(known))
        db.session.rollback()
    return places


def _known(number: int) -> Iterable[tuple[int, Sequence[HeldTicket]]]:
    """Shoppers far from those who will press."""
    for user_id in range(900_000_000, 900_000_000 + number):
        ticket = HeldTicket(1, user_id - 899_999_999, b"x" * 12, 1, "queued")
        yield user_id, (ticket,)


def presses(tier: Tier, number: int, items: Sequence[int] = (ITEM,)) -> list[Press]:
    """As many shoppers as presses; none of them has pressed before in this run."""
    keys, expires = PassKeys.of(tier.config), int(time()) + 3600
    made = []
    for place in range(number):
        user_id = next(_users)
        text = keys.sign(
            user_id=user_id,
            session_id=SESSION,
            device="bench-device",
            new_customer=False,
            expires=expires,
        )
        made.append(Press(text, secrets.token_hex(8), items[place % len(items)], user_id))
    return made


def forget_sold_out() -> None:
    """A worker remembers it for a second."""
    sleep(SOLD_OUT_S + 0.1)


def wait() -> None:
    """The presses under way when a load ends are answered within a moment."""
    sleep(0.3)
