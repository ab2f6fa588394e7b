"""What staff do about promotions. Once one has started its terms stand: it can only be
paused, let go on and ended, so that no shopper's quote changes under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from mall.catalog.scopes import scope_must_exist, skus_must_exist
from mall.compliance.reviewing import review
from mall.kernel.db import db_now, transaction
from mall.promotions.describing import describe
from mall.promotions.errors import (
    GiftsGiven,
    PromotionBudgetSpent,
    PromotionHasNoGift,
    PromotionNotFound,
    PromotionNotStarted,
    PromotionOver,
    PromotionStarted,
    PromotionStartsTooLate,
)
from mall.promotions.models import BY_BUDGET, BY_STAFF, Promotion
from mall.staff.audit import record

Terms = Mapping[str, Any]


def create_promotion(terms: Terms) -> int:
    """A new promotion: its id.

    Raises GoodsUnknown, PromotionStartsTooLate, CampaignRefused, CampaignWarned.
    """
    with transaction() as session:
        values = _checked(session, terms)
        promotion_id = session.execute(
            insert(Promotion).values(**values).returning(Promotion.id)
        ).scalar_one()
        _review(session, promotion_id, 1, values, terms)
        _audit(session, "create", promotion_id, after=values)
        return promotion_id


def change_promotion(promotion_id: int, terms: Terms) -> None:
    """Other terms for one that hasn't started.

    Raises PromotionNotFound, PromotionStarted and what create_promotion raises.
    """
    with transaction() as session:
        before = _locked_before_start(session, promotion_id)
        values = _checked(session, terms)
        version = before["version"] + 1
        _set(session, promotion_id, **values, version=version)
        _review(session, promotion_id, version, values, terms)
        _audit(session, "update", promotion_id, before=before, after=values)


def delete_promotion(promotion_id: int) -> None:
    """Forget one that hasn't started. Raises PromotionNotFound, PromotionStarted."""
    with transaction() as session:
        before = _locked_before_start(session, promotion_id)
        session.execute(delete(Promotion).where(Promotion.id == promotion_id))
        _audit(session, "delete", promotion_id, before=before)


def pause_promotion(promotion_id: int, paused: bool) -> None:
    """Pause it, or let it go on. Saying so again changes nothing.

    Raises PromotionNotFound, PromotionOver, PromotionBudgetSpent.
    """
    with transaction() as session:
        row = _locked(session, promotion_id)
        if row.ends_at <= db_now(session):
            raise PromotionOver
        if not paused and row.paused == BY_BUDGET:
            raise PromotionBudgetSpent
        # One that staff stopped by hand must not go on when an order gives its part back.
        after = BY_STAFF if paused else _spent(row)
        if after == row.paused:
            return
        _set(session, promotion_id, paused=after)
        _audit(
            session, "pause", promotion_id, before={"paused": row.paused}, after={"paused": after}
        )


def set_gift_stock(promotion_id: int, gift_stock: int) -> None:
    """More of the gift to give, or less, while it runs. What orders hold is theirs.

    Raises PromotionNotFound, PromotionOver, PromotionHasNoGift, GiftsGiven.
    """
    with transaction() as session:
        row = _locked(session, promotion_id)
        before = row.gift_stock
        if before is None:
            raise PromotionHasNoGift
        if row.ends_at <= db_now(session):
            raise PromotionOver
        if gift_stock < row.gifts_given:
            raise GiftsGiven(param="gift_stock")
        if gift_stock == before:
            return
        _set(session, promotion_id, gift_stock=gift_stock)
        _audit(
            session,
            "gift_stock",
            promotion_id,
            before={"gift_stock": before},
            after={"gift_stock": gift_stock},
        )


def end_promotion(promotion_id: int) -> None:
    """End a started one now, for good. Ending again changes nothing.

    Raises PromotionNotFound, PromotionNotStarted (delete it).
    """
    with transaction() as session:
        row = _locked(session, promotion_id)
        now = db_now(session)
        if row.ends_at <= now:
            return
        if row.starts_at >= now:
            raise PromotionNotStarted
        _set(session, promotion_id, ends_at=now)
        _audit(
            session, "end", promotion_id, before={"ends_at": row.ends_at}, after={"ends_at": now}
        )


def _spent(row: Promotion) -> str | None:
    fen = row.budget_fen is not None and row.spent_fen >= row.budget_fen
    orders = row.max_orders is not None and row.orders >= row.max_orders
    return BY_BUDGET if fen or orders else None


def _set(session: Session, promotion_id: int, **values: Any) -> None:
    session.execute(
        update(Promotion)
        .where(Promotion.id == promotion_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _locked(session: Session, promotion_id: int) -> Promotion:
    row = session.scalar(
        select(Promotion)
        .where(Promotion.id == promotion_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise PromotionNotFound
    return row


def _locked_before_start(session: Session, promotion_id: int) -> dict[str, Any]:
    row = _locked(session, promotion_id)
    if row.starts_at <= db_now(session):
        raise PromotionStarted
    names = [column.name for column in Promotion.__table__.columns]
    return {name: getattr(row, name) for name in names}


def _review(
    session: Session, promotion_id: int, version: int, values: dict[str, Any], terms: Terms
) -> None:
    campaign = describe(session, promotion_id, values)
    review(session, campaign, version, accept_warnings=terms["accept_warnings"])


def _checked(session: Session, terms: Terms) -> dict[str, Any]:
    if terms["ends_at"] <= max(terms["starts_at"], db_now(session)):
        raise PromotionStartsTooLate(param="ends_at")
    values = {name: value for name, value in terms.items() if name != "accept_warnings"}
    ((kind, rule),) = values.pop("rule").items()
    scope_must_exist(session, values["scope"])
    named = rule.get("prices") or rule.get("items") or ([rule] if kind == "gift" else [])
    skus_must_exist(session, [one["sku_id"] for one in named], "rule")
    if values["new_customers_only"]:
        # Else somebody new would place ten orders before the first is paid.
        values["shopper_max_orders"] = 1
    return {**values, "kind": kind, "rule": rule}


def _audit(session: Session, verb: str, promotion_id: int, **change: Any) -> None:
    record(
        session,
        action=f"promotion.{verb}",
        target_type="promotion",
        target_id=promotion_id,
        **change,
    )
