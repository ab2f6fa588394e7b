"""Physical prizes for tests: goods that a reward rule gives, claimed and sent."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from mall.kernel.db import db, transaction
from mall.orders.models import Order
from mall.prizes.claiming import claim
from mall.prizes.kinds import PRIZE
from mall.prizes.models import PrizeClaim
from mall.rewards.commands import create_rule
from mall.rewards.granting import Source, grant
from mall.rewards.models import RewardGrant
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.catalog import make_sku
from tests.support.inventory import stock
from tests.support.lottery import prize
from tests.support.orders import Buyer, make_buyer

SHOPPER, ADMIN = "/api/v1/prizes", "/admin/api/v1/prizes"
PRICE_FEN = 3_000
_events = itertools.count()


def make_goods(units: int = 10, *, on_sale: bool = False) -> int:
    """A SKU of which there are so many units, by default not on the shelf."""
    return stock(make_sku(PRICE_FEN, "马克杯", on_sale=on_sale), units)


def goods_rule(sku_id: int, count: int = 1, *more: dict[str, Any], **terms: Any) -> int:
    """A rule that gives units of a SKU: its id."""
    parts = [{"kind": "goods", "what": str(sku_id), "count": count}, *more]
    body = {"name": "实物奖品", "reward": parts, **terms}
    return create_rule(**RewardRuleInSchema().load(body)).id


def make_prize(units: int = 10, count: int = 1) -> int:
    """A rule that gives units of a SKU of its own."""
    return goods_rule(make_goods(units), count)


def win(user_id: int, rule_id: int, ground: str | None = None) -> int:
    """Give a shopper what a rule says, for an event of its own: the grant's id."""
    with transaction() as session:
        source = Source(rule_id, f"test:{next(_events)}", ground)
        return grant(session, user_id, source).id


def won(rule_id: int, buyer: Buyer | None = None, ground: str | None = None) -> tuple[Buyer, int]:
    """A shopper who was given a prize, and the claim."""
    buyer = buyer or make_buyer()
    return buyer, claim_of_grant(win(buyer.user_id, rule_id, ground))


def claimed(rule_id: int, buyer: Buyer | None = None) -> tuple[Buyer, int, str]:
    """A shopper whose prize is ordered, the claim, and the order."""
    buyer, claim_id = won(rule_id, buyer)
    return buyer, claim_id, claim(buyer.user_id, claim_id, buyer.address_id).order_no


def claim_of_grant(grant_id: int) -> int:
    """The claim of a grant of goods and nothing else."""
    with transaction() as session:
        return session.scalars(select(PrizeClaim.id).where(PrizeClaim.grant_id == grant_id)).one()


def claim_row(claim_id: int) -> PrizeClaim:
    """The claim's row, read afresh."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(PrizeClaim).where(PrizeClaim.id == claim_id)).one()


def claims_of(user_id: int) -> list[PrizeClaim]:
    """A shopper's claims, the oldest first, read afresh."""
    db.session.rollback()
    db.session.expire_all()
    query = select(PrizeClaim).where(PrizeClaim.user_id == user_id).order_by(PrizeClaim.id)
    return list(db.session.scalars(query))


def grant_of(claim_id: int) -> RewardGrant:
    """The grant that gave a prize, read afresh."""
    grant_id = claim_row(claim_id).grant_id
    return db.session.scalars(select(RewardGrant).where(RewardGrant.id == grant_id)).one()


def prize_orders(user_id: int) -> int:
    """How many orders of prizes a shopper has."""
    with transaction() as session:
        query = select(func.count()).where(Order.user_id == user_id, Order.kind == PRIZE.name)
        return session.scalars(query).one()


def days_pass(days: int) -> None:
    """As if all prizes that wait, and all that are ordered, had been so many days earlier."""
    shift = f"make_interval(days => {days})"
    with transaction() as session:
        session.execute(
            text(
                f"UPDATE prize_claims SET claim_by = claim_by - {shift},"
                f" ordered_at = ordered_at - {shift}"
            )
        )


def due_now(claim_id: int, moment: datetime | None = None) -> None:
    """The time to claim a prize is over now, or at a moment."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE prize_claims"
                " SET claim_by = coalesce(:moment, clock_timestamp() - interval '1 s')"
                " WHERE id = :id"
            ),
            {"id": claim_id, "moment": moment},
        )


def goods_prize(sku_id: int, count: int, name: str = "马克杯") -> dict[str, Any]:
    """The JSON of a counted prize of a lottery: one unit of a SKU."""
    return prize(goods_rule(sku_id), count=count, name=name, worth_fen=PRICE_FEN)


def prize_ids(buyer: Buyer) -> dict[str, str]:
    """A prize that waits for this shopper's address; what placeholders stand for."""
    return {"prize_id": str(won(make_prize(), buyer)[1])}
