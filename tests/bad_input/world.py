"""The shop that bad input is thrown at, and a fingerprint of everything it has written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask
from redis import Redis
from sqlalchemy import insert, select

from mall.approvals.requesting import request_approval
from mall.catalog.models import Brand, Sku
from mall.drawing.layouts import LayoutSchema
from mall.flashsale.planning.slots import create_slot
from mall.groupbuy.activities.saving import create_activity
from mall.kernel.db import db, transaction
from mall.missions.browsing.viewing import begin
from mall.payments.models import PaymentDiscrepancy
from mall.referral.growth.growing import join
from mall.referral.posters.templates import DESIGNS
from mall.referral.withdrawals.requesting import withdraw
from mall.reviews.moderation.contents import lock_content
from mall.reviews.writing.names import REVIEW
from mall.reviews.writing.reviewing import write_review
from mall.reviews.writing.terms import Terms
from mall.shipping.models import Carrier
from mall.staff.models import Role, StaffMember
from tests.support.bindings import bound
from tests.support.board import mission
from tests.support.boxes import box_ids
from tests.support.cashback import cashback_ids
from tests.support.catalog import make_category, make_sku
from tests.support.channels import MadeChannel, make_channel
from tests.support.collages import make_collage_template
from tests.support.communities import community_ids
from tests.support.coupons import make_rule, make_template
from tests.support.exchange import deliver, exchanged, make_code_item, make_rich_buyer
from tests.support.exchange import make_item as make_exchange_item
from tests.support.flashsale import make_item, make_session
from tests.support.freight import make_freight_template, make_point, order_to_collect, zone
from tests.support.groupbuy import (
    activity_terms,
    make_activity,
    members_of,
    opened,
    sets_of,
    sku_of,
    team_of,
)
from tests.support.http import Http
from tests.support.inventory import stock
from tests.support.kept import Kept, keep, put_back
from tests.support.ladders import from_now, ladder
from tests.support.leaderboards import leaderboard
from tests.support.lots import lot_ids
from tests.support.lottery import lottery_ids
from tests.support.orders import Buyer, buy, lines_of, make_buyer, pay, write_payment
from tests.support.packets import packet_ids
from tests.support.payouts import owed, payout_of
from tests.support.pets import pet_ids
from tests.support.prizes import prize_ids
from tests.support.promoters import (
    make_growth_rule,
    make_lesson,
    make_material,
    open_recruiting,
)
from tests.support.promotions import make_promotion
from tests.support.questions import question_ids
from tests.support.reviews import offer, received
from tests.support.show import show_ids
from tests.support.staff import make_staff
from tests.support.team_races import race_ids
from tests.support.trials import trial_ids
from tests.support.withdrawals import make_earner

One = TypeVar("One")
REFUND = {"lines": [], "freight_fen": 100, "amount_fen": 100}


@dataclass(frozen=True)
class GroupWorld:
    """A group-buy where teams are for one tier, a team of somebody's in it, and one of mine."""

    activity_id: int
    tier_set_id: int
    sku_id: int
    team_code: str
    own_team_code: str

    @property
    def ids(self) -> dict[str, str]:
        """What the placeholders stand for."""
        return {
            "chosen_activity_id": str(self.activity_id),
            "group_tier_set_id": str(self.tier_set_id),
            "group_sku_id": str(self.sku_id),
            "group_team_code": self.team_code,
            "own_team_code": self.own_team_code,
        }


@dataclass(frozen=True)
class World:
    """Two shoppers, an administrator, a clerk without permissions, goods, orders."""

    http: Http
    shopper: Http
    stranger: Http
    admin: Http
    clerk: Http
    me: Buyer
    other: Buyer
    sku_id: int
    off_shelf_sku_id: int
    product_id: int
    category_id: int
    brand_id: int
    role_id: int
    staff_id: int
    unpaid_no: str
    paid_no: str
    paid_line_id: int
    others_no: str
    template_id: int
    point_id: int
    pickup_code: str
    promotion_id: int
    coupon_template_id: int
    reward_rule_id: int
    mission_id: int
    flash_slot_id: int
    flash_session_id: int
    flash_item_id: int
    approval_id: int
    discrepancy_id: int
    view_token: str
    exchange_item_id: int
    code_item_id: int
    code_order_no: str
    activity_id: int
    group_activity_id: int
    group_team_id: int
    group_member_id: int
    payout_no: str
    channel: MadeChannel
    groups: GroupWorld
    promoter_ids: dict[str, str]
    binding_ids: dict[str, str]
    trial_ids: dict[str, str]
    game_ids: dict[str, str]
    question_ids: dict[str, str]
    show_ids: dict[str, str]

    @property
    def ids(self) -> dict[str, str]:
        """What the placeholders of paths and bodies stand for."""
        return {
            "sku_id": str(self.sku_id),
            "off_shelf": str(self.off_shelf_sku_id),
            "product_id": str(self.product_id),
            "category_id": str(self.category_id),
            "brand_id": str(self.brand_id),
            "setting": "orders.unpaid_close_min",
            "template_setting": "coupons.expiring_template",
            "role_id": str(self.role_id),
            "staff_id": str(self.staff_id),
            "user_id": str(self.me.user_id),
            "address_id": str(self.me.address_id),
            "others_address": str(self.other.address_id),
            "order_no": self.paid_no,
            "unpaid_no": self.unpaid_no,
            "others_no": self.others_no,
            "line_id": str(self.paid_line_id),
            "template_id": str(self.template_id),
            "point_id": str(self.point_id),
            "pickup_code": self.pickup_code,
            "number": "1",
            "promotion_id": str(self.promotion_id),
            "coupon_template_id": str(self.coupon_template_id),
            "reward_rule_id": str(self.reward_rule_id),
            "mission_id": str(self.mission_id),
            "flash_slot_id": str(self.flash_slot_id),
            "flash_session_id": str(self.flash_session_id),
            "flash_item_id": str(self.flash_item_id),
            "approval_id": str(self.approval_id),
            "refund_no": "R0000000000000000",
            "after_sale_no": "A20260101000000000000",
            "day": "2026-01-01",
            "finding_id": "1",
            "discrepancy_id": str(self.discrepancy_id),
            "view_token": self.view_token,
            "lockup_offer_id": "1",
            "till_code": "990000000000000001",
            "till_entry_id": "1",
            "counter_code": "980000000000000001",
            "redemption_id": "1",
            "channel_id": str(self.channel.id),
            "channel_template_id": str(self.channel.template_id),
            "exchange_item_id": str(self.exchange_item_id),
            "code_item_id": str(self.code_item_id),
            "code_order_no": self.code_order_no,
            "activity_id": str(self.activity_id),
            "group_activity_id": str(self.group_activity_id),
            "group_team_id": str(self.group_team_id),
            "group_member_id": str(self.group_member_id),
            "payout_no": self.payout_no,
            **self.groups.ids,
            **self.promoter_ids,
            **self.binding_ids,
            **self.trial_ids,
            **self.game_ids,
            **self.question_ids,
            **self.show_ids,
        }


FRESH_S = 300
"""A world that is older is made anew: what it says of the time must still be true of it."""
_kept: list[tuple[World, Kept]] = []


def a_world(app: Flask, redis: Redis) -> World:
    """A world on an empty database; made once in some minutes, then put back as it was made."""
    if _kept and _kept[0][1].age_s < FRESH_S and _kept[0][0].http.app is app:
        world, kept = _kept[0]
        put_back(app, redis, kept)
        return world
    world = make_world(app)
    _kept[:] = [(world, keep(app, redis))]
    return world


def make_world(app: Flask) -> World:
    me, other = make_buyer(), make_buyer()
    category_id = make_category("被枕")
    sku_id = stock(make_sku(5000, name="枕头", category_id=category_id), 100)
    off_shelf = stock(make_sku(5000, name="旧枕头", on_sale=False), 100)
    unpaid_no, paid_no = buy(me, {sku_id: 1}), buy(me, {sku_id: 2})
    pay(paid_no)
    write_payment(paid_no)
    others_no = buy(other, {sku_id: 1})
    template_id, point_id = make_freight_template(zone()), make_point()
    _, pickup_code = order_to_collect(me, point_id)
    http = Http(app)
    admin, clerk = make_staff("*"), make_staff()
    with transaction() as session:
        brand_id = session.execute(
            insert(Brand).values(name="棉田", description="", image="").returning(Brand.id)
        ).scalar_one()
        session.execute(insert(Carrier).values(code="ZTO", name="中通快递"))
        product_id = session.execute(select(Sku.spu_id).where(Sku.id == sku_id)).scalar_one()
        approval_id = request_approval(session, "payments.refund", paid_no, REFUND, "破损")
        discrepancy_id = session.execute(
            insert(PaymentDiscrepancy)
            .values(kind="unknown_refund", source="bill", number="C1", expected={}, actual={})
            .returning(PaymentDiscrepancy.id)
        ).scalar_one()
        role_id = session.scalars(select(Role.id).where(~Role.built_in)).first() or 0
        staff_id = session.scalars(select(StaffMember.id).order_by(StaffMember.id.desc())).first()
    flash_session_id = make_session(
        starts_at="2031-01-01T00:00:00+08:00", ends_at="2031-01-02T00:00:00+08:00"
    )
    group_activity_id = make_activity({3: 9_000})
    group_team_id = opened(group_activity_id)
    world = World(
        http=http,
        shopper=http.as_(me.token),
        stranger=http.as_(other.token),
        admin=http.as_(admin),
        clerk=http.as_(clerk),
        me=me,
        other=other,
        sku_id=sku_id,
        off_shelf_sku_id=off_shelf,
        product_id=product_id,
        category_id=category_id,
        brand_id=brand_id,
        role_id=role_id,
        staff_id=staff_id or 0,
        unpaid_no=unpaid_no,
        paid_no=paid_no,
        paid_line_id=lines_of(paid_no)[0].id,
        others_no=others_no,
        template_id=template_id,
        point_id=point_id,
        pickup_code=pickup_code,
        coupon_template_id=make_template(way="code"),
        reward_rule_id=make_rule(make_template(way="reward")),
        mission_id=mission(hidden=True),
        flash_slot_id=create_slot(name="晚", starts_minute=1200, lasts_min=60, enabled=True),
        flash_session_id=flash_session_id,
        flash_item_id=make_item(flash_session_id),
        approval_id=approval_id,
        discrepancy_id=discrepancy_id,
        payout_no=payout_of(owed(me.user_id)).payout_no,
        channel=make_channel(coupon={}),
        view_token=begin(me.user_id, "product", product_id).token,
        exchange_item_id=make_exchange_item(points=10),
        code_item_id=(code_item_id := make_code_item("VIP-2026-0001", "VIP-2026-0002")),
        code_order_no=_delivered_code(code_item_id),
        group_activity_id=group_activity_id,
        group_team_id=group_team_id,
        group_member_id=members_of(group_team_id)[0].id,
        activity_id=create_activity(activity_terms({2: 4_500, 5: 4_000}, sku_id=sku_id)),
        groups=_groups(me),
        promoter_ids=_promoter_ids(),
        trial_ids={**trial_ids(me), **cashback_ids(me)},
        game_ids={
            **lottery_ids(me.user_id),
            **lot_ids(),
            **box_ids(me.user_id),
            **prize_ids(me),
            **pet_ids(me.user_id),
            **race_ids(),
            **packet_ids(me.user_id),
            **community_ids(me.user_id),
        },
        binding_ids={**_binding_ids(), **_review_ids(me)},
        question_ids=question_ids(me),
        show_ids=show_ids(),
        promotion_id=make_promotion(
            starts_at="2031-01-01T00:00:00+08:00", ends_at="2032-01-01T00:00:00+08:00"
        ),
    )
    put_in_cart = world.shopper.post("/api/v1/cart/lines", {"sku_id": str(sku_id), "quantity": 2})
    assert put_in_cart.status_code == 201, put_in_cart.get_json()
    db.session.remove()
    return world


def _delivered_code(item_id: int) -> str:
    """An order of somebody who has a code."""
    order_no = exchanged(make_rich_buyer(), item_id).order_no
    deliver(order_no)
    return order_no


def _binding_ids() -> dict[str, str]:
    """Somebody who is bound, and to whom."""
    inviter_id, invitee_id = make_buyer().user_id, make_buyer().user_id
    return {"inviter_id": str(inviter_id), "binding_id": str(bound(inviter_id, invitee_id))}


def _review_ids(me: Buyer) -> dict[str, str]:
    """A review of mine that waits, with a task for staff."""
    order_no = received(me)
    review_id = write_review(me.user_id, order_no, 1, Terms(1, 1, 1, "破了"))
    with transaction() as session:
        content = lock_content(session, REVIEW, review_id)
    assert content is not None
    return {"review_id": str(review_id), "content_id": str(content.id)}


def _referral_ids() -> dict[str, str]:
    """A design of posters, and a leaderboard with its period."""
    code = {"kind": "code", "x": 0, "y": 0, "width": 200, "height": 200}
    layout = LayoutSchema().load({"width": 300, "height": 300, "boxes": [code]})
    design = {"name": "海报", "page_kinds": ["product"], "layout": layout, "enabled": True}
    leaderboard_id, period_id = leaderboard()
    return {
        "poster_template_id": str(DESIGNS.create(design)),
        "collage_template_id": str(make_collage_template(1)),
        "leaderboard_id": str(leaderboard_id),
        "leaderboard_period_id": str(period_id),
        "commission_line_id": "1",
    }


def _promoter_ids() -> dict[str, str]:
    """Somebody's application that waits, the highest level, a lesson, a growth rule; a ladder."""
    _, _, level_id = open_recruiting()
    user_id = make_buyer().user_id
    join(user_id, 1, None)
    rule_id = make_growth_rule(opens="level", level_id=str(level_id))
    return {
        "promoter_id": str(user_id),
        "promoter_level_id": str(level_id),
        "lesson_id": str(make_lesson()),
        "growth_rule_id": str(rule_id),
        "ladder_campaign_id": str(ladder(starts_at=from_now(days=9))),
        "material_id": str(make_material()),
        "review_reward_id": str(offer("picture", enabled=False)),
        "withdrawal_number": withdraw(make_earner(), 1_000),
        **_referral_ids(),
    }


def _groups(me: Buyer) -> GroupWorld:
    activity_id = make_activity(mode="chosen")
    mine, others = (
        team_of(opened(activity_id, buyer, size=5)).code for buyer in (me, make_buyer())
    )
    return GroupWorld(activity_id, sets_of(activity_id)[0], sku_of(activity_id), others, mine)


GROUP = 8
"""So many cases share a world: what is refused changes nothing, and a world is dear to make."""


def in_groups(cases: Sequence[One]) -> list[Sequence[One]]:
    """Cases by the handful, in their order."""
    return [cases[at : at + GROUP] for at in range(0, len(cases), GROUP)]
