"""Coupons and rewards for tests, made as staff would make them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from mall.coupons import claiming, templates
from mall.coupons.models import REWARD, Coupon
from mall.coupons.schemas import CouponTemplateInSchema
from mall.kernel.db import transaction
from mall.rewards import commands
from mall.rewards.schemas import RewardRuleInSchema

FIVE_OFF = {"name": "满 20 减 5", "kind": "amount", "amount_fen": 500, "threshold_fen": 2000}


def terms(**more: Any) -> dict[str, Any]:
    """The JSON of a public template, five yuan off twenty for a week, unless `more` says."""
    return {**FIVE_OFF, "way": "public", "valid_days": 7, **more}


def make_template(**more: Any) -> int:
    """A template: its id. Needs an app context."""
    return templates.create(**CouponTemplateInSchema().load(terms(**more))).id


def make_coupon(user_id: int, **more: Any) -> int:
    """A coupon of a template of its own in the shopper's hands: its id."""
    template_id = make_template(**{"way": REWARD, **more})
    return hand_out(user_id, template_id)


def hand_out(user_id: int, template_id: int) -> int:
    """One more coupon of a template: its id."""
    with transaction() as session:
        return claiming.issue(session, user_id, template_id, REWARD)


def coupon_of(coupon_id: int) -> Coupon:
    """Its row, read afresh."""
    with transaction() as session:
        return session.scalars(
            select(Coupon).where(Coupon.id == coupon_id).execution_options(populate_existing=True)
        ).one()


def make_rule(template_id: int, count: int = 1, **more: Any) -> int:
    """A reward rule that gives coupons: its id."""
    part = {"kind": "coupon", "what": str(template_id), "count": count}
    body = {"name": "开业礼", "reward": [part], **more}
    return commands.create_rule(**RewardRuleInSchema().load(body)).id
