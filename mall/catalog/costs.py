"""Cost prices are for those who hold `catalog:cost` alone.

A field of this module is left out of the answer to anybody else, and refused in what they
send. So no route can show a cost by having forgotten to ask.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import g
from marshmallow import fields, validate

from mall.kernel.errors import NotPermitted
from mall.kernel.http.access import Staff
from mall.kernel.http.schemas import StrictInteger
from mall.kernel.money import MAX_FEN

COST_PERMISSION = "catalog:cost"
_META = {"description": f"only with {COST_PERMISSION}"}


def may_see_costs() -> bool:
    """Whether who asks is a staff member with the permission."""
    asking = g.get("principal")
    return isinstance(asking, Staff) and asking.may(COST_PERMISSION)


def require_costs() -> None:
    """Raise NotPermitted for who may not see costs."""
    if not may_see_costs():
        raise NotPermitted("没有查看和修改成本价的权限", param="cost_fen")


class _OfCosts(fields.Field[Any]):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"metadata": _META, **options})

    def serialize(self, *args: Any, **options: Any) -> Any:
        return super().serialize(*args, **options) if may_see_costs() else ma.missing

    def deserialize(self, value: Any, *args: Any, **options: Any) -> Any:
        if value is not ma.missing:
            require_costs()
        return super().deserialize(value, *args, **options)


class CostInteger(_OfCosts, StrictInteger):
    """A figure that tells a cost, such as a margin."""


class CostBoolean(_OfCosts, fields.Boolean):
    """An answer that tells a cost."""


class CostTexts(_OfCosts, fields.List[Any]):
    """Sentences that tell a cost."""

    def __init__(self) -> None:
        super().__init__(cls_or_instance=fields.String())


def cost_fen() -> CostInteger:
    """What a unit costs the shop, in fen; null where that isn't known."""
    return CostInteger(validate=validate.Range(min=0, max=MAX_FEN), allow_none=True)
