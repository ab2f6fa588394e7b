"""Another shopper's things are not found, by any route that takes an id.

A route of a shopper with an id in its address must stand in the table below, with what
makes the thing: so a new one can't be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.drawing.layouts import LayoutSchema
from mall.kernel.db import db, transaction
from mall.kernel.http.access import rule_of
from mall.messages import inbox
from mall.messages.sending import send_soon
from mall.missions.board.codes import unlock
from mall.orders.models import OrderLine
from mall.referral.posters.making import ask_for_poster
from mall.referral.posters.templates import DESIGNS
from mall.referral.withdrawals.requesting import withdraw
from mall.reviews.questions.answering import answer
from mall.reviews.questions.asking import ask
from mall.reviews.trials.applying import invite
from mall.shipping import commands as shipping
from tests.support import cashback
from tests.support.aftersales import ask_back
from tests.support.board import code_for, mission
from tests.support.boxes import make_boxes, sold
from tests.support.browsing import make_product
from tests.support.collages import make_collage, make_collage_template
from tests.support.coupons import make_coupon
from tests.support.exchange import deliver, exchanged, make_code_item, make_rich_buyer
from tests.support.freight import make_point, order_to_collect
from tests.support.http import Http, error_code
from tests.support.lockups import lock_points, make_offer
from tests.support.orders import make_buyer
from tests.support.payouts import owed, payout_of
from tests.support.points import give
from tests.support.prizes import make_prize, won
from tests.support.questions import make_product as ask_about
from tests.support.questions import owner, shown_answer, shown_question
from tests.support.rows import changed, fingerprint
from tests.support.shipping import make_paid_order, place_test_order
from tests.support.trials import make_trial, picked
from tests.support.users import WEST_LAKE, make_address, make_shopper
from tests.support.withdrawals import make_earner
from tests.support.written import decide, received, written

Thing = dict[str, Any]
"""The arguments of the address, and `body` where the route wants one."""


def address_of_another() -> Thing:
    user_id, _ = make_shopper()
    body = {
        "receiver": "李四",
        "phone": "13900001111",
        "region_code": WEST_LAKE,
        "detail": "文三路 2 号",
        "is_default": False,
    }
    return {"address_id": make_address(user_id), "body": body}


def unpaid_order_of_another() -> Thing:
    return {"order_no": place_test_order(1).order_no}


def paid_order_of_another() -> Thing:
    return {"order_no": make_paid_order(1).order_no}


def collected_order_of_another() -> Thing:
    return {"order_no": order_to_collect(make_buyer(), make_point())[0]}


def application() -> Thing:
    order = make_paid_order(1)
    line = {"line_id": str(order.line_ids[0]), "quantity": 1}
    body = {"kind": "refund_only", "lines": [line], "reason": "late"}
    return {"order_no": order.order_no, "body": body}


def preview() -> Thing:
    asked = application()
    return {**asked, "body": {name: asked["body"][name] for name in ("kind", "lines")}}


def order_to_readdress() -> Thing:
    order = make_paid_order(1)
    body = {"address_id": str(make_address(order.user_id)), "dry_run": False}
    return {"order_no": order.order_no, "body": body}


def after_sale_of_another() -> Thing:
    order = make_paid_order(1)
    number = ask_back(order)
    return {"after_sale_no": number}


def parcel_back_of_another() -> Thing:
    return {**after_sale_of_another(), "body": {"carrier_code": "SF", "tracking_no": "SF123456"}}


def note_of_another() -> Thing:
    return {**paid_order_of_another(), "body": {"text": "你好"}}


def message_of_another() -> Thing:
    order = make_paid_order(1)
    shipping.ship(order.order_no, "ZTO", "A0001")
    with transaction() as session:
        send_soon(session, "order_shipped", order.order_no, order.user_id)  # no template: inbox
        return {"inbox_id": inbox.messages(session, order.user_id, before=None, limit=1)[0].id}


def hidden_mission_of_another() -> Thing:
    mission_id = mission(hidden=True)
    unlock(make_shopper()[0], code_for(mission_id).code)
    return {"mission_id": mission_id, "body": {}}


def lock_of_another() -> Thing:
    user_id, _ = make_shopper()
    give(user_id, 100)
    return {"lockup_id": lock_points(user_id, make_offer(), 100)}


def code_of_another() -> Thing:
    order_no = exchanged(make_rich_buyer(), make_code_item("VIP-2026-0001")).order_no
    deliver(order_no)
    return {"order_no": order_no}


def payout_of_another() -> Thing:
    return {"payout_no": payout_of(owed(make_shopper()[0])).payout_no, "body": {}}


def withdrawal_of_another() -> Thing:
    user_id = make_earner()
    return {"number": withdraw(user_id, 1_000)}


def poster_of_another() -> Thing:
    drawn = {"kind": "code", "x": 0, "y": 0, "width": 200, "height": 200}
    layout = LayoutSchema().load({"width": 300, "height": 300, "boxes": [drawn]})
    terms = {"name": "海报", "page_kinds": ["product"], "layout": layout, "enabled": True}
    poster = ask_for_poster(make_shopper()[0], DESIGNS.create(terms), "product", make_product()[0])
    return {"poster_id": poster.id}


def question_of_another() -> Thing:
    return {"question_id": shown_question(ask_about()[0])}


def answer_of_another() -> Thing:
    spu_id, sku_id = ask_about()
    return {"answer_id": shown_answer(shown_question(spu_id), owner(sku_id))}


def answer_to_change() -> Thing:
    return {**answer_of_another(), "body": {"text": "别人的回答"}}


def hidden_question_of_another() -> Thing:
    return {"question_id": ask(make_shopper()[0], ask_about()[0], "会缩水吗？")}


def answer_to_hidden_question() -> Thing:
    return {**hidden_question_of_another(), "body": {"text": "不会"}}


def hidden_answer_of_another() -> Thing:
    spu_id, sku_id = ask_about()
    buyer = owner(sku_id)
    return {"answer_id": answer(buyer.user_id, shown_question(spu_id), "不会缩水")}


def collage_of_another() -> Thing:
    owner_id = make_shopper()[0]
    asked = make_collage(owner_id, make_collage_template(1), make_product()[0])
    return {"collage_id": asked.id}


def pick_of_another() -> Thing:
    _, application_id = picked(make_trial())
    body = {"address_id": str(make_address(make_shopper()[0]))}
    return {"application_id": application_id, "body": body}


def prize_of_another() -> Thing:
    body = {"address_id": str(make_address(make_shopper()[0]))}
    return {"prize_id": won(make_prize())[1], "body": body}


def ended_show_of_another() -> Thing:
    """One that lapsed is seen by its writer alone, and liked by nobody."""
    show = cashback.shown()
    cashback.days_pass(4)
    return {"show_id": show.id}


def hidden_show_of_another() -> Thing:
    show = cashback.shown()
    decide("hidden", show.review_id, reason="含有他人隐私")
    body = {"share": show.token, "device": cashback.device()}
    return {"show_id": show.id, "body": body}


def declined_of_another() -> Thing:
    return {"application_id": picked(make_trial())[1]}


def invited_trial_of_another() -> Thing:
    trial_id = make_trial(by_invitation=True)
    invite(trial_id, [make_shopper()[0]])
    return {"trial_id": trial_id}


TERMS = {"goods_stars": 5, "logistics_stars": 5, "service_stars": 5, "text": "很好"}


def line_of_another() -> Thing:
    order = received()
    return {"order_no": order.order_no, "position": 1, "body": TERMS}


def review_of_another() -> Thing:
    return {"review_id": written()}


def review_to_edit() -> Thing:
    return {**review_of_another(), "body": TERMS}


def review_to_follow_up() -> Thing:
    return {**review_of_another(), "body": {"text": "用了一个月"}}


def boxes_of_another() -> Thing:
    made = make_boxes()
    order_no = sold(make_shopper()[0], made)
    return {"lottery_id": made.lottery_id, "order_no": order_no, "body": {"units": 1}}


def coupon_of_another() -> Thing:
    return {"coupon_id": make_coupon(make_shopper()[0])}


TABLE: dict[str, tuple[Callable[[], Thing], ...]] = {
    "aftersales.options": (paid_order_of_another,),
    "aftersales.preview": (preview,),
    "aftersales.apply": (application,),
    "aftersales.read_after_sale": (after_sale_of_another,),
    "aftersales.cancel": (after_sale_of_another,),
    "aftersales.accept": (after_sale_of_another,),
    "aftersales.send_back": (parcel_back_of_another,),
    "aftersales.list_notes": (paid_order_of_another,),
    "aftersales.write_note": (note_of_another,),
    "boxes.give_back": (boxes_of_another,),
    "collages.read_collage": (collage_of_another,),
    "coupon_counter.draw_code": (coupon_of_another,),
    "exchange.read_code": (code_of_another, paid_order_of_another),
    "inbox.read_one": (message_of_another,),
    "payouts.read_payout": (payout_of_another,),
    "payouts.ask": (payout_of_another,),
    "withdrawals.read_withdrawal": (withdrawal_of_another,),
    "withdrawals.cancel_withdrawal": (withdrawal_of_another,),
    "mission_board.show_mission": (hidden_mission_of_another,),
    "mission_board.claim_reward": (hidden_mission_of_another,),
    "posters.read_poster": (poster_of_another,),
    "points_lockups.exit_lockup": (lock_of_another,),
    "questions.delete_question": (question_of_another, hidden_question_of_another),
    "questions.answer": (answer_to_hidden_question,),
    "questions.read_mine": (hidden_question_of_another,),
    "questions.change_answer": (answer_to_change,),
    "questions.delete_answer": (answer_of_another, hidden_answer_of_another),
    "questions.vote": (hidden_answer_of_another,),
    "questions.unvote": (hidden_answer_of_another,),
    "cashback.read_show": (ended_show_of_another,),
    "cashback.like": (hidden_show_of_another,),
    "prizes.read_prize": (prize_of_another,),
    "prizes.order_prize": (prize_of_another,),
    "trials.accept": (pick_of_another,),
    "trials.decline": (declined_of_another,),
    "trials.read_trial": (invited_trial_of_another,),
    "reviews.write": (line_of_another,),
    "reviews.own_review": (review_of_another,),
    "reviews.edit": (review_to_edit,),
    "reviews.delete": (review_of_another,),
    "reviews.follow_up": (review_to_follow_up,),
    "review_rewards.list_rewards": (review_of_another,),
    "users.get_address": (address_of_another,),
    "users.change_address": (address_of_another,),
    "users.remove_address": (address_of_another,),
    "order_addresses.readdress_own": (order_to_readdress,),
    "orders.read_order": (unpaid_order_of_another, paid_order_of_another),
    "orders.confirm": (unpaid_order_of_another, paid_order_of_another),
    "shipping.list_shipments": (unpaid_order_of_another, paid_order_of_another),
    "shipping.show_pickup": (paid_order_of_another, collected_order_of_another),
    "payments.start": (unpaid_order_of_another, paid_order_of_another),
    "payments.show": (unpaid_order_of_another, paid_order_of_another),
    "payments.cancellation": (unpaid_order_of_another, paid_order_of_another),
}
# A SKU in one's own cart, a coupon, a sale, a share, a team, a lottery, a season or a lesson for
# anybody: the id names no one's property.
NOBODYS = {
    *("cart.set_line", "cart.remove_line", "coupons.claim", "sharing.open_shared"),
    "exchange.read_item",
    *("flashsale.remind", "flashsale.forget", "flash_purchases.issue_pass"),
    *("groupbuy.take_a_seat", "groupbuy.join_team", "groupbuy.leave"),
    *("groupbuy_pages.read_mine", "groupbuy_pages.list_teams", "groupbuy_pages.read_team"),
    *("groupbuy_pages.visit_team", "groupbuy_pages.read_card"),
    *("channels.read_offer", "channels.claim_coupon"),
    *("leaderboards.list_ranks", "leaderboards.read_standing"),
    *("lotteries.read_standing", "lotteries.list_own_draws", "lotteries.draw_once"),
    "lotteries.buy",
    *("review_lots.read_own_entry", "review_lots.take_part"),
    "communities.list_missions",
    *("packets.read_packet", "packets.open_own"),
    *("races.list_ranks", "races.read_standing", "races.read_team", "races.read_invitation"),
    *("races.make_team", "races.join", "races.match", "races.leave"),
    *("boxes.list_orders", "boxes.place"),
    *("pets.put_pet", "pets.read_pet", "pets.list_entries", "pets.feed", "pets.water"),
    *("pets.read_shared", "pets.water_shared"),
    *("ladders.show_ladder", "ladders.list_invitees"),
    *("promoter_lessons.read_lesson", "promoter_lessons.try_quiz"),
    "promoter_materials.download_material",
    *("questions.ask", "trials.apply"),
    *("ratings.vote", "ratings.withdraw_vote"),
    *("buyer_show.like", "buyer_show.unlike", "buyer_show.collect", "buyer_show.uncollect"),
}


def routes_with_ids(app: Flask) -> set[str]:
    return {
        route.endpoint
        for route in app.url_map.iter_rules()
        if route.arguments
        if (rule := rule_of(app, route.endpoint)) is not None and rule.kind == "shopper"
    }


def test_every_route_with_an_id_is_in_the_table(migrated_app: Flask) -> None:
    assert routes_with_ids(migrated_app) == set(TABLE) | NOBODYS


CASES = [(endpoint, make) for endpoint, makers in TABLE.items() for make in makers]


@pytest.mark.parametrize(("endpoint", "make"), CASES)
def test_another_shoppers_thing_is_not_found(
    app: Flask, http: Http, endpoint: str, make: Callable[[], Thing]
) -> None:
    thing = make()
    _, stranger = make_shopper()
    body = thing.pop("body", None)
    (route,) = [route for route in app.url_map.iter_rules() if route.endpoint == endpoint]
    (method,) = (route.methods or set()) - {"HEAD", "OPTIONS"}
    built = route.build(thing)
    assert built is not None
    before = fingerprint()
    answer = http.as_(stranger).call(method, built[1], body=body)
    assert answer.status_code == 404, answer.get_json()
    assert changed(before) == [], "it was changed before it was not found"
    nobodys = {"order_no": "1" * 20, "after_sale_no": "A1", "payout_no": "M1", "number": "W1"}
    ids = (
        "address_id",
        "inbox_id",
        "mission_id",
        "lockup_id",
        "poster_id",
        "collage_id",
        "coupon_id",
        "trial_id",
        "show_id",
        "application_id",
        "prize_id",
        "lottery_id",
        "review_id",
        "question_id",
        "answer_id",
    )
    nobodys["position"] = "9"
    nobodys |= dict.fromkeys(ids, 987654321)
    built = route.build({name: nobodys[name] for name in thing})
    assert built is not None
    unknown = http.as_(stranger).call(method, built[1], body=body)
    assert (unknown.status_code, error_code(unknown)) == (404, error_code(answer)), (
        "the answer tells whether it exists"
    )


def test_a_strangers_address_cant_be_ordered_to(http: Http) -> None:
    order = place_test_order(1)
    owner, _ = make_shopper()
    foreign = make_address(owner)
    _, token = make_shopper()
    body = {
        "lines": [{"sku_id": str(sku_of(order.id)), "quantity": 1}],
        "address_id": str(foreign),
        "expected_payable_fen": order.payable_fen,
    }
    assert http.as_(token).post("/api/v1/orders", body).status_code == 404


def sku_of(order_id: int) -> int:
    return db.session.scalars(select(OrderLine.sku_id).where(OrderLine.order_id == order_id)).one()
