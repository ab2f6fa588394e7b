"""What orders cost in a currency of a feature (points), beside money: shown with the order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, bindparam, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT
from sqlalchemy.orm import Session

from mall.kernel.registry import Registry


@dataclass(frozen=True)
class OtherCurrency:
    """A currency. `sql` selects `order_id`, `amount`, `returned` of the orders that cost some.

    An order has one row at most. `returned` is what came back of the amount.
    """

    name: str
    label: str
    sql: str


@dataclass(frozen=True, slots=True)
class PaidOtherwise:
    """What one order cost in one currency."""

    name: str
    label: str
    amount: int
    returned: int


ALSO_PAID: Registry[OtherCurrency] = Registry("order currencies", lambda one: one.name)


def also_paid_of(session: Session, order_ids: Collection[int]) -> dict[int, list[PaidOtherwise]]:
    """What these orders cost beside money, by order. One statement; none without a currency."""
    found: dict[int, list[PaidOtherwise]] = {order_id: [] for order_id in order_ids}
    currencies = ALSO_PAID.items()
    if not order_ids or not currencies:
        return found
    query = text(f"SELECT * FROM ({_all()}) c WHERE order_id = ANY(:ids)").bindparams(  # noqa: S608
        bindparam("ids", list(order_ids), ARRAY(BIGINT))
    )
    for row in session.execute(query):
        currency = currencies[row.name]
        found[row.order_id].append(
            PaidOtherwise(currency.name, currency.label, int(row.amount), int(row.returned))
        )
    return found


def also_paid_in_words() -> ColumnElement[str]:
    """The column `also_paid` of a query of orders: 积分 1200；…"""
    if not ALSO_PAID.items():
        return literal_column("''", Text).label("also_paid")
    words = f"""(
        SELECT coalesce(string_agg(c.label || ' ' || c.amount, '；' ORDER BY c.name), '')
        FROM ({_all()}) c WHERE c.order_id = orders.id
    )"""  # noqa: S608
    return literal_column(words, Text).label("also_paid")


def _all() -> str:
    """All currencies' rows. Names and labels are the features' own constants."""
    return " UNION ALL ".join(
        f"SELECT '{one.name}' AS name, '{one.label}' AS label, s.* FROM ({one.sql}) s"  # noqa: S608
        for one in ALSO_PAID.items().values()
    )
