"""Sales under load: gates written by the mall's own loader, shoppers with real purchase tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from time import sleep, time

from benchmarks.flash.load_tool import Attempt
from benchmarks.flash.servers import Tier
from mall.flashsale.gate import GateLocation, HeldTicket, ItemPlan, SessionPlan, drop, load
from mall.flashsale.purchase.admission import SOLD_OUT_S
from mall.flashsale.purchase.tokens import TokenKeys
from mall.kernel.db import db

SESSION, ITEM = 1_000_001, 1_000_001
"""Far from those that the mall itself has, whose streams its worker reads."""
PLENTY = 1_000_000_000
_open: list[GateLocation] = []
_users = count(1)
_epochs = count(1)


def open_sale(
    tier: Tier, items: Sequence[int] = (ITEM,), *, left: int = PLENTY, known: int = 0
) -> list[GateLocation]:
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
    """Shoppers who make no attempts here."""
    for user_id in range(900_000_000, 900_000_000 + number):
        ticket = HeldTicket(1, user_id - 899_999_999, b"x" * 12, 1, "queued")
        yield user_id, (ticket,)


def attempts(tier: Tier, number: int, items: Sequence[int] = (ITEM,)) -> list[Attempt]:
    """As many shoppers as attempts; none of them has tried before in this run."""
    keys, expires = TokenKeys.of(tier.config), int(time()) + 3600
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
        made.append(Attempt(text, secrets.token_hex(8), items[place % len(items)], user_id))
    return made


def forget_sold_out() -> None:
    """A worker remembers it for a second."""
    sleep(SOLD_OUT_S + 0.1)


def wait() -> None:
    """The attempts under way when a load ends are answered within a moment."""
    sleep(0.3)
