"""What staff do with items. Every saved version goes through compliance and leaves a trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.compliance.reviewing import review
from mall.inventory.errors import SkuUnknown
from mall.kernel.db import transaction
from mall.points.exchange.errors import (
    ExchangeCashTooHigh,
    ExchangeFigureUnknown,
    ExchangeItemEnded,
    ExchangeItemFixed,
    ExchangeRuleUnknown,
    ExchangeStockIsCodes,
    ExchangeStockTooSmall,
)
from mall.points.exchange.items import queries
from mall.points.exchange.items.describing import describe
from mall.points.exchange.items.stock import change_stock, end, lock_item
from mall.points.exchange.items.terms import BEGINNING
from mall.points.exchange.models import CODE, ExchangeItem, ExchangePrice
from mall.rewards.errors import RewardRuleNotFound
from mall.rewards.queries import rule as rule_of
from mall.staff.audit import record
from mall.users.figures import SHOPPER_FIGURES

Terms = Mapping[str, Any]
COLUMNS = (
    *("kind", "name", "description", "sku_id", "reward_rule_id", "low_stock"),
    *("limit_units", "limit_period", "requires", "requires_text", "starts_at", "ends_at"),
    *("daily_from_min", "daily_to_min", "free_freight", "enabled", "position"),
)


def create_item(terms: Terms) -> int:
    """A new item without stock: its id.

    Raises SkuUnknown, ExchangeRuleUnknown, ExchangeFigureUnknown, ExchangeCashTooHigh,
    CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        values = _checked(session, terms)
        item_id: int = session.execute(
            insert(ExchangeItem).values(**values).returning(ExchangeItem.id)
        ).scalar_one()
        _write_prices(session, item_id, terms["prices"])
        after = _reviewed(session, item_id, terms)
        _audit(session, "create", item_id, after=after)
        return item_id


def change_item(item_id: int, terms: Terms) -> None:
    """Other terms, from now on; orders keep theirs.

    Raises ExchangeItemNotFound, ExchangeItemEnded, ExchangeItemFixed for another kind or SKU once
    it had stock, and what `create_item` raises.
    """
    with transaction() as session:
        item = _locked(session, item_id)
        fixed = (item.kind, item.sku_id) == (terms["kind"], terms["sku_id"])
        if item.stock_steps and not fixed:
            raise ExchangeItemFixed(param="kind")
        before = queries.as_values(queries.item(session, item_id), COLUMNS)
        _set(session, item_id, **_checked(session, terms), version=item.version + 1)
        session.execute(delete(ExchangePrice).where(ExchangePrice.item_id == item_id))
        _write_prices(session, item_id, terms["prices"])
        after = _reviewed(session, item_id, terms)
        _audit(session, "update", item_id, before=before, after=after)


def set_stock(item_id: int, stock: int) -> None:
    """So many units in all, those that orders hold or bought among them. Again is once.

    Raises ExchangeItemNotFound, ExchangeItemEnded, ExchangeStockIsCodes, ExchangeStockTooSmall,
    OutOfStock when the SKU has too few to set aside.
    """
    with transaction() as session:
        item = _locked(session, item_id)
        if item.kind == CODE:
            raise ExchangeStockIsCodes(param="stock")
        before = item.stock
        if stock < item.sold:
            raise ExchangeStockTooSmall(param="stock")
        if stock == before:
            return
        change_stock(session, item_id, stock - before)
        _audit(session, "stock", item_id, before={"stock": before}, after={"stock": stock})


def switch_item(item_id: int, enabled: bool) -> None:
    """On offer or not. Saying so again changes nothing.

    Raises ExchangeItemNotFound, ExchangeItemEnded.
    """
    with transaction() as session:
        before = _locked(session, item_id).enabled
        if before == enabled:
            return
        _set(session, item_id, enabled=enabled)
        change = {"before": {"enabled": before}, "after": {"enabled": enabled}}
        _audit(session, "switch", item_id, **change)


def end_item(item_id: int) -> None:
    """It is over for good: what wasn't exchanged goes back to the SKU. Again is once.

    Raises ExchangeItemNotFound.
    """
    with transaction() as session:
        item = lock_item(session, item_id)
        left = item.stock - item.sold
        if end(session, item):
            _audit(session, "end", item_id, after={"given_back": left})


def _locked(session: Session, item_id: int) -> ExchangeItem:
    item = lock_item(session, item_id)
    if item.ended_at is not None:
        raise ExchangeItemEnded
    return item


def _checked(session: Session, terms: Terms) -> dict[str, Any]:
    """The columns of an item. Raises what `create_item` says."""
    sku = skus_for_sale(session, [terms["sku_id"]]).get(terms["sku_id"])
    if sku is None:
        raise SkuUnknown(param="sku_id")
    if any(price["cash_fen"] >= sku.price_fen for price in terms["prices"]):
        raise ExchangeCashTooHigh(param="prices")
    known = {name for one in SHOPPER_FIGURES.items().values() for name in one.names}
    if any(one["figure"] not in known for one in terms["requires"]):
        raise ExchangeFigureUnknown(param="requires")
    reward = _reward(session, terms["reward_rule_id"])
    return {name: terms[name] for name in COLUMNS} | {"reward": reward}


def _reward(session: Session, rule_id: int | None) -> list[dict[str, Any]] | None:
    """What the rule gives now. Points for points would be a change of nothing."""
    if rule_id is None:
        return None
    try:
        reward: list[dict[str, Any]] = rule_of(session, rule_id).reward
    except RewardRuleNotFound:
        raise ExchangeRuleUnknown(param="reward_rule_id") from None
    if any(part["kind"] == "points" for part in reward):
        raise ExchangeRuleUnknown(param="reward_rule_id")
    return reward


def _write_prices(session: Session, item_id: int, prices: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        {
            "item_id": item_id,
            "from_at": price["from_at"] or BEGINNING,
            "points": price["points"],
            "cash_fen": price["cash_fen"],
        }
        for price in prices
    ]
    session.execute(insert(ExchangePrice), rows)


def _reviewed(session: Session, item_id: int, terms: Terms) -> dict[str, Any]:
    """The item as it was saved, once the rules of compliance let it pass."""
    saved = queries.item(session, item_id)
    accepted = terms["accept_warnings"]
    review(session, describe(saved.item), saved.item.version, accept_warnings=accepted)
    return queries.as_values(saved, COLUMNS)


def _set(session: Session, item_id: int, **values: Any) -> None:
    session.execute(
        update(ExchangeItem)
        .where(ExchangeItem.id == item_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _audit(session: Session, verb: str, item_id: int, **change: Any) -> None:
    record(
        session,
        action=f"exchange_item.{verb}",
        target_type="exchange_item",
        target_id=item_id,
        **change,
    )
