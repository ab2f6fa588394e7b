"""Filters that several triggers share: which goods, and for how much at least."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from mall.catalog.scopes import ScopeSchema, scope_must_exist
from mall.kernel.http.schemas import whole
from mall.kernel.money import MAX_FEN
from mall.missions.board.triggers import Fact, Filter, Goods, Narrow

_Named = Mapping[str, Sequence[int]]


def _has(named: _Named, one: Goods) -> bool:
    return (
        one.sku_id in named["sku_ids"]
        or one.spu_id in named["spu_ids"]
        or one.brand_id in named["brand_ids"]
        or not one.category_ids.isdisjoint(named["category_ids"])
    )


def _within(scope: Mapping[str, _Named]) -> Narrow:
    only, excluded = scope["only"], scope["excluded"]
    everything = not any(only.values())

    def narrow(fact: Fact) -> Fact | None:
        left = tuple(
            one
            for one in fact.goods or ()
            if (everything or _has(only, one)) and not _has(excluded, one)
        )
        return dataclasses.replace(fact, goods=left) if left else None

    return narrow


def _worth_at_least(least_fen: int) -> Narrow:
    return lambda fact: fact if fact.fen >= least_fen else None


def _check_goods(session: Session, scope: Any) -> None:
    scope_must_exist(session, scope)


GOODS = Filter(
    "goods", "指定商品", lambda: fields.Nested(ScopeSchema), read=_within, check=_check_goods
)
"""Only goods of a scope count; a category with all below it."""
AT_LEAST_FEN = Filter(
    "at_least_fen", "最低金额（分）", lambda: whole(1, MAX_FEN), read=_worth_at_least
)
"""What counts of the goods must have been paid with so much. Stands after `GOODS`."""
