"""A promotion's terms as pricing understands them; kept parsed, since they rarely change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.pricing.benefits import Benefit
from mall.pricing.choosing import Stacking
from mall.pricing.quote import Lane, PriceLine
from mall.pricing.scope import Scope, read_scope
from mall.promotions.gifts import GiftTerms
from mall.promotions.kinds import KINDS
from mall.promotions.models import Promotion

_KEPT = 2_000
_parsed: dict[tuple[int, int], Terms] = {}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a promotion gives, for which goods, and with what it goes together."""

    name: str
    lane: Lane
    benefit: Benefit | GiftTerms
    scope: Scope
    stacking: Stacking


def terms_of(session: Session, wanted: Collection[tuple[int, int]]) -> dict[int, Terms]:
    """The terms of these (id, version), by id. A version never changes, so it is read once."""
    # Another thread may empty it at any time, so each is looked up once.
    found = {key: its for key in wanted if (its := _parsed.get(key)) is not None}
    missing = [key[0] for key in wanted if key not in found]
    if missing:
        rows = session.execute(
            select(
                Promotion.id,
                Promotion.version,
                Promotion.name,
                Promotion.kind,
                Promotion.rule,
                Promotion.scope,
                Promotion.exclusive_group,
                Promotion.stacks_with,
            ).where(Promotion.id.in_(missing))
        )
        read = {
            (row.id, row.version): Terms(
                row.name,
                KINDS[row.kind].lane,
                benefit_of(row.kind, row.rule),
                scope_of(row.scope),
                stacking_of(row.exclusive_group, row.stacks_with),
            )
            for row in rows
        }
        found |= read
        if len(_parsed) + len(read) > _KEPT:
            _parsed.clear()
        _parsed.update(read)
    return {promotion_id: its for (promotion_id, _), its in found.items()}


def benefit_of(kind: str, rule: Mapping[str, Any]) -> Benefit | GiftTerms:
    return KINDS[kind].read(rule)


def stacking_of(group: str | None, stacks_with: Collection[str] | None) -> Stacking:
    return Stacking(group, None if stacks_with is None else frozenset(stacks_with))


def scope_of(stored: Mapping[str, Mapping[str, list[int]]]) -> Scope:
    """Read `{"only": {"sku_ids": […], …}, "excluded": {…}}`. A category stands for itself
    alone here: lines are asked about with each category above them (`covered`)."""
    named = [i for goods in stored.values() for i in goods.get("category_ids", ())]
    return read_scope(stored, {i: frozenset({i}) for i in named})


def asks_categories(scope: Scope) -> bool:
    """Whether the tree of categories matters to it."""
    return bool(scope.only.category_ids or scope.excluded.category_ids)


def covered(
    scope: Scope, lines: Sequence[PriceLine], above: Mapping[int, Sequence[int]]
) -> frozenset[int]:
    """The SKUs of these lines it is for; `above` gives a category with those above it."""
    if scope.everything:
        return frozenset(line.sku_id for line in lines)
    return frozenset(
        line.sku_id for line in lines if scope.covers(line, above.get(line.category_id, ()))
    )
