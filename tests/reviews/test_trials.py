"""Trials: applied for once, picked within the units, sent for nothing, reviewed in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from mall.compliance.errors import CampaignRefused
from mall.inventory.errors import OutOfStock
from mall.kernel.db import db, transaction
from mall.messages.models import Message
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.reviews.ratings.voting import vote
from mall.reviews.trials import accepting, applying, officers, picking, saving
from mall.reviews.trials.admin_schemas import TrialChangeInput, TrialInput
from mall.reviews.trials.errors import (
    TrialApplicationNotFound,
    TrialApplied,
    TrialBarred,
    TrialClosed,
    TrialFigureUnknown,
    TrialFull,
    TrialNotAllowed,
    TrialNotInvited,
    TrialNotOpen,
    TrialOfferOver,
    TrialRecordThin,
    TrialReplaced,
    TrialSkuFixed,
    TrialStateConflict,
    TrialUnitsTooFew,
)
from mall.reviews.trials.jobs import sweep_trials
from mall.reviews.trials.settings import BAN_DAYS, OFFICER_DONE
from mall.staff.models import StaffMember
from mall.users import erasing
from mall.users.figures import figures_of
from tests.support.catalog import make_sku
from tests.support.http import Http
from tests.support.invariants import check_invariants, rows_of
from tests.support.inventory import Units, stock, units
from tests.support.messages import now
from tests.support.orders import lines_of, make_buyer, order_of
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.trials import (
    accepted,
    application,
    applied,
    counts,
    days_pass,
    follow_up,
    make_trial,
    picked,
    received,
    restate,
    terms,
    trial,
    write,
)

pytestmark = pytest.mark.usefixtures("app")


def messages_of(user_id: int) -> list[str]:
    db.session.rollback()
    found = select(Message.kind).where(Message.user_id == user_id).order_by(Message.id)
    return list(db.session.scalars(found))


# -- what staff make ------------------------------------------------------------------------


def test_units_are_set_aside_and_given_back() -> None:
    trial_id = make_trial(3, on_sale=5)
    sku_id = trial(trial_id).sku_id
    assert units(sku_id) == Units(2, 3)
    change = terms(sku_id, 4, name="另一个名字", replaces=1)
    saving.change_trial(trial_id, TrialChangeInput().load(change))
    assert (units(sku_id), trial(trial_id).version) == (Units(1, 4), 2)
    with pytest.raises(TrialReplaced):
        saving.change_trial(trial_id, TrialChangeInput().load(change))
    with pytest.raises(OutOfStock):
        more = terms(sku_id, 6, replaces=2)
        saving.change_trial(trial_id, TrialChangeInput().load(more))
    picked(trial_id)
    picked(trial_id)
    with pytest.raises(TrialUnitsTooFew):
        less = terms(sku_id, 1, replaces=2)
        saving.change_trial(trial_id, TrialChangeInput().load(less))
    with pytest.raises(TrialSkuFixed):
        other = terms(stock(make_sku(), 9), 4, replaces=2)
        saving.change_trial(trial_id, TrialChangeInput().load(other))
    _, waiting = applied(trial_id)
    saving.close_trial(trial_id)
    saving.close_trial(trial_id)
    assert (units(sku_id), counts(trial_id)) == (Units(3, 2), (2, 2, 0))
    assert application(waiting).status == "not_picked"
    with pytest.raises(TrialClosed):
        saving.change_trial(trial_id, TrialChangeInput().load(terms(sku_id, 4, replaces=2)))
    with pytest.raises(TrialClosed):
        picking.pick(trial_id, [waiting])
    check_invariants()


def test_praise_is_never_asked_for() -> None:
    sku_id = stock(make_sku(), 5)
    with pytest.raises(CampaignRefused):
        saving.create_trial(TrialInput().load(terms(sku_id, text="收到后请给五星好评")))
    assert units(sku_id) == Units(5)
    with pytest.raises(TrialFigureUnknown):
        asks = {"requires": [{"figure": "no_such", "at_least": 1}], "requires_text": "老用户"}
        saving.create_trial(TrialInput().load(terms(sku_id, **asks)))


# -- who applies ----------------------------------------------------------------------------


def test_one_application_a_shopper() -> None:
    trial_id = make_trial()
    buyer, _ = applied(trial_id)
    with pytest.raises(TrialApplied):
        applying.apply(buyer.user_id, trial_id, "")
    moment = now()
    later = {
        "apply_from": (moment + timedelta(days=1)).isoformat(),
        "apply_until": (moment + timedelta(days=2)).isoformat(),
    }
    with pytest.raises(TrialNotOpen):
        applied(make_trial(**later))


def test_only_who_is_invited_or_active_applies() -> None:
    invited = make_trial(by_invitation=True)
    buyer = make_buyer()
    with pytest.raises(TrialNotInvited):
        applied(invited, buyer)
    assert applying.invite(invited, [buyer.user_id, buyer.user_id]) == 1
    assert applying.invite(invited, [buyer.user_id]) == 0
    assert messages_of(buyer.user_id) == ["trial_invited"]
    applied(invited, buyer)

    asks = [{"figure": "picture_reviews", "at_least": 1}]
    active = make_trial(requires=asks, requires_text="晒过图的用户")
    with pytest.raises(TrialNotAllowed, match="晒过图的用户"):
        applied(active, buyer)
    _, _, order_no = received(make_trial(), buyer)
    write(order_no)
    applied(active, buyer)


# -- who is picked --------------------------------------------------------------------------


def test_never_more_than_the_units() -> None:
    trial_id = make_trial(2)
    applications = [applied(trial_id)[1] for _ in range(4)]
    with pytest.raises(TrialFull):
        picking.pick(trial_id, applications[:3])
    assert counts(trial_id) == (2, 0, 0)
    assert picking.pick(trial_id, applications[:2]) == 2
    assert picking.pick(trial_id, applications[:2]) == 0, "again is once"
    with pytest.raises(TrialFull):
        picking.pick(trial_id, [applications[2]])
    other = applied(make_trial())[1]
    with pytest.raises(TrialApplicationNotFound):
        picking.pick(trial_id, [other])
    assert messages_of(application(applications[0]).user_id) == ["trial_picked"]


def test_a_unit_that_is_declined_or_not_taken_goes_to_another() -> None:
    trial_id = make_trial(1)
    buyer, first = picked(trial_id)
    accepting.decline(buyer.user_id, first)
    accepting.decline(buyer.user_id, first)
    assert counts(trial_id) == (1, 0, 0)
    buyer, second = picked(trial_id)
    days_pass(4)
    with pytest.raises(TrialOfferOver):
        accepting.accept(buyer.user_id, second, buyer.address_id)
    sweep_trials()
    sweep_trials()
    assert (application(second).status, counts(trial_id)) == ("lapsed", (1, 0, 0))
    buyer, third = picked(trial_id)
    saving.close_trial(trial_id)
    sku_id = trial(trial_id).sku_id
    assert units(sku_id) == Units(9, 1)
    accepting.decline(buyer.user_id, third)
    assert (units(sku_id), counts(trial_id)) == (Units(10), (0, 0, 0))
    check_invariants()


# -- the order ------------------------------------------------------------------------------


def test_the_order_is_free_and_of_its_own_kind() -> None:
    trial_id = make_trial(2)
    sku_id = trial(trial_id).sku_id
    buyer, application_id, order_no = accepted(trial_id)
    order = order_of(order_no)
    assert (order.kind, order.status, order.payable_fen) == ("trial", "paid", 0)
    assert [line.payable_fen for line in lines_of(order_no)] == [0]
    assert (counts(trial_id), application(application_id).order_id) == ((2, 1, 1), order.id)
    assert units(sku_id) == Units(8, 1, 1)
    with pytest.raises(TrialStateConflict):
        accepting.accept(buyer.user_id, application_id, buyer.address_id)
    with pytest.raises(TrialStateConflict):
        accepting.decline(buyer.user_id, application_id)
    stranger = make_buyer()
    with pytest.raises(TrialApplicationNotFound):
        accepting.accept(stranger.user_id, application_id, stranger.address_id)
    check_invariants()


def test_a_canceled_order_gives_the_unit_back() -> None:
    trial_id = make_trial(2)
    sku_id = trial(trial_id).sku_id
    _, application_id, order_no = accepted(trial_id)
    cancel(order_no)
    assert (application(application_id).status, counts(trial_id)) == ("canceled", (2, 0, 0))
    assert units(sku_id) == Units(8, 2)
    _, _, order_no = accepted(trial_id)
    saving.close_trial(trial_id)
    assert (units(sku_id), counts(trial_id)) == (Units(9, 0, 1), (1, 1, 1))
    cancel(order_no)
    assert (units(sku_id), counts(trial_id)) == (Units(10), (0, 0, 0))
    check_invariants()


def cancel(order_no: str) -> None:
    (line,) = lines_of(order_no)
    request_refund(order_no, [RequestedLine(line.id, 1)], 0, "不要了")
    assert order_of(order_no).status == "closed"


# -- the review -----------------------------------------------------------------------------


def test_a_review_that_fits_makes_it_done_whatever_its_stars(work: Callable[[], None]) -> None:
    trial_id = make_trial()
    _, application_id, order_no = received(trial_id)
    work()
    row = application(application_id)
    assert row.received_at == order_of(order_no).completed_at
    assert row.due_at is not None
    assert row.received_at is not None
    assert row.due_at - row.received_at == timedelta(days=14)
    review_id = write(order_no, "pending", pictures=1)
    work()
    assert application(application_id).status == "accepted", "it isn't shown yet"
    restate(review_id, "approved")
    work()
    assert application(application_id).status == "accepted", "two pictures are missing"
    follow_up(order_no, review_id, pictures=2)
    work()
    row = application(application_id)
    assert (row.status, row.review_id, row.late) == ("done", review_id, False)
    check_invariants()


def test_a_video_may_be_needed_and_does_for_pictures(work: Callable[[], None]) -> None:
    _, plain, first = received(make_trial())
    _, filmed, second = received(make_trial(needs_video=True))
    write(first, pictures=0, video=True)
    write(second)
    work()
    assert (application(plain).status, application(filmed).status) == ("done", "accepted")
    _, filmed, third = received(make_trial(needs_video=True))
    write(third, pictures=0, video=True)
    work()
    assert application(filmed).status == "done"


def test_a_review_that_goes_makes_the_trial_open_again(work: Callable[[], None]) -> None:
    trial_id = make_trial()
    _, application_id, order_no = received(trial_id)
    review_id = write(order_no)
    work()
    for status, then in (("hidden", "accepted"), ("approved", "done")):
        restate(review_id, status)
        work()
        assert application(application_id).status == then, status
    days_pass(30)
    restate(review_id, "deleted")
    work()
    assert application(application_id).status == "overdue"
    check_invariants()


def test_reminded_once_then_overdue_then_barred_until_it_comes(work: Callable[[], None]) -> None:
    buyer, application_id, order_no = received(make_trial())
    work()
    sweep_trials()
    assert "trial_due" not in messages_of(buyer.user_id)
    days_pass(13)
    sweep_trials()
    sweep_trials()
    assert messages_of(buyer.user_id).count("trial_due") == 1
    days_pass(2)
    sweep_trials()
    assert application(application_id).status == "overdue"
    with pytest.raises(TrialBarred):
        applied(make_trial(), buyer)
    set_setting(BAN_DAYS, 0)
    applied(make_trial(), buyer)
    set_setting(BAN_DAYS, 90)
    write(order_no)
    work()
    row = application(application_id)
    assert (row.status, row.late) == ("done", True)
    applied(make_trial(), buyer)
    check_invariants()


def test_a_review_that_waits_isnt_overdue(work: Callable[[], None]) -> None:
    _, application_id, order_no = received(make_trial())
    work()
    review_id = write(order_no, "pending")
    days_pass(15)
    with transaction() as session:
        session.execute(text("UPDATE reviews SET created_at = now() - interval '5 days'"))
    sweep_trials()
    assert application(application_id).status == "accepted"
    restate(review_id, "approved")
    work()
    assert (application(application_id).status, application(application_id).late) == ("done", False)


# -- the best -------------------------------------------------------------------------------


def test_the_best_are_offered_to_become_promoters(work: Callable[[], None], staff_id: int) -> None:
    set_setting(OFFICER_DONE, 2)
    buyer = make_buyer()
    for done in range(2):
        _, _, order_no = received(make_trial(), buyer)
        write(order_no)
        work()
        if not done:
            with pytest.raises(TrialRecordThin):
                officers.offer(staff_id, buyer.user_id)
    with transaction() as session:
        assert figures_of(session, [buyer.user_id])[buyer.user_id]["trials_done"] == 2
        (best,) = officers.best(session, None, 10)
        assert (best["user_id"], best["done"], best["meets"]) == (buyer.user_id, 2, True)
    first = officers.offer(staff_id, buyer.user_id)
    assert officers.offer(staff_id, buyer.user_id) == first
    assert messages_of(buyer.user_id).count("trial_promoter_offer") == 1
    with transaction() as session:
        record = officers.own_record(session, buyer.user_id)
        assert record["promoter_page"] == "pages/promoter"


def best(http: Http, limit: int) -> list[tuple[int, int, int]]:
    """Shopper, trials done and votes of all officers, read page by page."""
    found, cursor = [], None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        body = http.get("/admin/api/v1/trial-officers", limit=limit, **more).get_json()
        found += [(int(one["user_id"]), one["done"], one["helpful"]) for one in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            return found


def test_the_best_come_first_page_by_page(http: Http, work: Callable[[], None]) -> None:
    staff = http.as_(make_staff("trial:read"))
    assert best(staff, 2) == []
    buyers = [make_buyer() for _ in range(4)]
    reviews = []
    for buyer in (*buyers, buyers[2]):
        _, _, order_no = received(make_trial(), buyer)
        reviews.append(write(order_no))
    work()
    vote(buyers[0].user_id, reviews[2], helpful=True)
    first, second, third, fourth = (buyer.user_id for buyer in buyers)
    listed = [(third, 2, 1), (first, 1, 0), (second, 1, 0), (fourth, 1, 0)]
    assert [best(staff, limit) for limit in (1, 2, 9)] == [listed] * 3
    restate(reviews[2], "hidden")
    erasing.erase_at_once(fourth)
    work()
    assert best(staff, 1) == [(first, 1, 0), (second, 1, 0), (third, 1, 0)]
    assert rows_of("I75e") == []


@pytest.fixture
def staff_id() -> int:
    make_staff(username="chief")
    return db.session.scalars(select(StaffMember.id).where(StaffMember.username == "chief")).one()


def test_a_closed_account_leaves_no_note_and_holds_no_unit() -> None:
    trial_id = make_trial(1, by_invitation=True)
    buyer = make_buyer()
    applying.invite(trial_id, [buyer.user_id])
    _, application_id = picked(trial_id, buyer)
    erasing.erase_at_once(buyer.user_id)
    erasing.erase_at_once(buyer.user_id)
    row = application(application_id)
    assert (row.status, row.note, counts(trial_id)) == ("declined", "", (1, 0, 0))
    with transaction() as session:
        assert not session.scalar(text("SELECT count(*) FROM trial_invitations"))
