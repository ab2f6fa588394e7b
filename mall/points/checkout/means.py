"""What a quote asks for about points: what the shopper has, and which SKUs have a cap of their own.

One statement for both: where points pay, every quote asks it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement
from mall.points.statements.queries import AVAILABLE

_MEANS = PreparedStatement(
    f"""
    SELECT coalesce({AVAILABLE}, 0) AS available, coalesce(a.debt, 0) AS debt, (
        SELECT jsonb_object_agg(sku_id, cap_bp) FROM points_checkout_caps
        WHERE sku_id = ANY(CAST(:sku_ids AS bigint[]))
    ) AS caps
    FROM (SELECT) one LEFT JOIN points_accounts a ON a.user_id = :user_id
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Means:
    """What a shopper can spend and owes, in points; `caps` in 1/10,000 by SKU."""

    available: int
    debt: int
    caps: Mapping[int, int]


def means_of(session: Session, user_id: int, sku_ids: Collection[int]) -> Means:
    """A shopper's points, none without an account, and the caps of those SKUs that have one."""
    (row,) = _MEANS.rows(session, user_id=user_id, sku_ids=int_array(sku_ids))
    caps = {int(sku_id): cap_bp for sku_id, cap_bp in (row.caps or {}).items()}
    return Means(row.available, row.debt, caps)
