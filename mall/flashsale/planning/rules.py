"""What a sale may be like: pure checks of slots, sessions and items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mall.flashsale.errors import (
    ContentsMissing,
    FirstOrderTerms,
    PriceNotLower,
    SplitWithSessionLimit,
)
from mall.flashsale.models import FIRST_ORDER, LUCKY_BAG, NEW_CUSTOMERS
from mall.kernel.clock import day_start

DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a session its items are checked against."""

    kind: str
    limit_per_user: int | None


def slots_overlap(starts: int, lasts: int, others_start: int, others_last: int) -> bool:
    """Whether two daily times meet; one may run past midnight."""
    return any(
        starts < others_start + turn + others_last and others_start + turn < starts + lasts
        for turn in (-DAY_MIN, 0, DAY_MIN)
    )


def window_of(day: date, starts_minute: int, lasts_min: int) -> tuple[datetime, datetime]:
    """When a slot runs on a shop day, in UTC."""
    starts_at = (day_start(day) + timedelta(minutes=starts_minute)).astimezone(UTC)
    return starts_at, starts_at + timedelta(minutes=lasts_min)


def session_limit(kind: str, asked: int | None) -> int | None:
    """How many units of a session a shopper may have: one where it is for a first order."""
    if kind != FIRST_ORDER:
        return asked
    if asked not in (None, 1):
        raise FirstOrderTerms(param="limit_per_user")
    return 1


def check_item(terms: Terms, item: Mapping[str, Any], sku_price_fen: int) -> None:
    """Refuse an item that doesn't fit its session, or whose price is none of a sale.

    Raises PriceNotLower, ContentsMissing, FirstOrderTerms, SplitWithSessionLimit.
    """
    highest = sku_price_fen if terms.kind == LUCKY_BAG else sku_price_fen - 1
    if item["price_fen"] > highest:
        raise PriceNotLower(param="price_fen")
    if terms.kind == LUCKY_BAG and not item["contents"]:
        raise ContentsMissing(param="contents")
    if terms.kind == FIRST_ORDER and (
        item["audience"] != NEW_CUSTOMERS or item["limit_per_user"] != 1
    ):
        raise FirstOrderTerms(param="audience")
    if item["splits"] > 1 and terms.limit_per_user is not None:
        raise SplitWithSessionLimit(param="splits")
