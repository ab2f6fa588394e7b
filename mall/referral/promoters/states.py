"""From which status a promoter may come to which. None: the shopper never applied."""

from __future__ import annotations

from collections.abc import Mapping

from mall.referral.promoters.models import ACTIVE, APPLIED, BLOCKED, ENDED, REFUSED

TRANSITIONS: Mapping[str | None, frozenset[str]] = {
    None: frozenset({APPLIED, ACTIVE}),
    APPLIED: frozenset({ACTIVE, REFUSED, ENDED}),
    ACTIVE: frozenset({BLOCKED, ENDED}),
    REFUSED: frozenset({APPLIED, ACTIVE, ENDED}),
    BLOCKED: frozenset({ACTIVE, ENDED}),
    ENDED: frozenset({APPLIED, ACTIVE}),
}
