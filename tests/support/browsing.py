"""Looks at pages for tests."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text

from mall.catalog.models import Sku, Spu
from mall.kernel.db import transaction
from mall.missions.browsing import viewing
from tests.support.catalog import make_sku
from tests.support.http import Http

SESSIONS = "/api/v1/view-sessions"
BEATS = f"{SESSIONS}/beats"


def make_product(*, on_sale: bool = True) -> tuple[int, int]:
    """A product: its id, and that of its category."""
    sku_id = make_sku(on_sale=on_sale)
    with transaction() as session:
        row = session.execute(
            select(Spu.id, Spu.category_id).join(Sku, Sku.spu_id == Spu.id).where(Sku.id == sku_id)
        ).one()
    return row.id, row.category_id


def seconds_pass(seconds: float, user_id: int | None = None) -> None:
    """As if what shoppers (or one) looked at so far had been so much earlier."""
    who = "" if user_id is None else f" WHERE user_id = {int(user_id)}"
    by = f"interval '{seconds} seconds'"
    with transaction() as session:
        session.execute(text(f"UPDATE view_days SET seen_at = seen_at - {by}{who}"))
        session.execute(text(f"UPDATE view_sessions SET started_at = started_at - {by}{who}"))


def look(user_id: int, page_id: int, *gaps: float, kind: str = "product", last: bool = True) -> int:
    """A shopper looks at a page, with a beat after each of these seconds: what counts, in s."""
    token = viewing.begin(user_id, kind, page_id).token
    counted_s = 0
    for number, gap in enumerate(gaps, 1):
        seconds_pass(gap, user_id)
        ends = last and number == len(gaps)
        counted_s = viewing.beat(user_id, token, number, last=ends).counted_s
    return counted_s


def begin(shopper: Http, page_id: int, kind: str = "product") -> dict[str, Any]:
    """The answer to the beginning of a look."""
    answer = shopper.post(SESSIONS, {"page": {"kind": kind, "id": str(page_id)}})
    assert answer.status_code == 201, answer.get_json()
    begun: dict[str, Any] = answer.get_json()
    return begun
