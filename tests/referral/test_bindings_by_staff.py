"""Staff change and end bindings, with a reason; what they do is audited."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.referral.bindings.handlers import bind_by_registration
from mall.staff.models import AuditEntry
from mall.users.closing import close_account
from tests.support.bindings import bound, history_of, sharing_holds
from tests.support.http import Http, error_code
from tests.support.orders import buy, make_buyer, make_goods, pay
from tests.support.sharing import make_share, register
from tests.support.staff import make_staff
from tests.support.users import make_shopper

PATH = "/admin/api/v1/referral-bindings"
REASON = "顾客来电说明"


@pytest.fixture
def staff(app: Flask) -> Http:
    return Http(app).as_(make_staff("referral:read", "referral:write"))


def body(inviter_id: int, invitee_id: int) -> dict[str, str]:
    return {"inviter_id": str(inviter_id), "invitee_id": str(invitee_id), "reason": REASON}


def test_staff_bind_to_another_inviter(staff: Http) -> None:
    first, second = make_shopper()[0], make_shopper()[0]
    buyer = make_buyer()
    assert bound(first, buyer.user_id)
    pay(buy(buyer, {make_goods(): 1}))
    made = staff.post(PATH, body(second, buyer.user_id))
    assert made.status_code == 201, made.get_json()
    assert (made.get_json()["note"], made.get_json()["ended_at"]) == (REASON, None)
    assert history_of(buyer.user_id) == [(first, "replaced"), (second, None)]
    shown = staff.get(PATH, invitee_id=str(buyer.user_id)).get_json()["items"]
    assert [one["inviter_id"] for one in shown] == [str(second), str(first)]
    assert shown[1]["note"] == REASON
    with transaction() as session:
        audited = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert audited is not None
        assert audited.action == "referral_binding.bind"
        assert audited.before == {"inviter_id": first}
    sharing_holds()


def test_a_press_that_is_sent_twice_binds_once(staff: Http) -> None:
    one, two = make_shopper()[0], make_shopper()[0]
    key = {"Idempotency-Key": "k" * 20}
    answers = [staff.call("POST", PATH, body=body(one, two), headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].get_json() == answers[1].get_json()
    assert history_of(two) == [(one, None)]


def test_what_staff_may_not_bind(staff: Http) -> None:
    one, two, gone = (make_shopper()[0] for _ in range(3))
    assert bound(one, two)
    close_account(gone)
    refused = {
        "binding_unchanged": body(one, two),
        "binding_cycle": body(two, one),
        "inviter_unfit": body(gone, two),
    }
    for code, wanted in refused.items():
        answer = staff.post(PATH, wanted)
        assert (answer.status_code, error_code(answer)) == (409, code)
    assert error_code(staff.post(PATH, body(one, one))) == "binding_cycle"
    assert error_code(staff.post(PATH, body(2**62, two))) == "inviter_unfit"
    assert history_of(two) == [(one, None)]
    sharing_holds()


def test_what_staff_ended_stays_ended(app: Flask, staff: Http) -> None:
    sharer, _ = make_shopper()
    came = register({"share": make_share(sharer)})
    run_pending(app)
    (shown,) = staff.get(PATH, inviter_id=str(sharer)).get_json()["items"]
    ended = staff.post(f"{PATH}/{shown['id']}/end", {"reason": REASON})
    assert (ended.status_code, ended.get_json()["end_reason"]) == (200, "staff")
    again = staff.post(f"{PATH}/{shown['id']}/end", {"reason": REASON})
    assert (again.status_code, error_code(again)) == (409, "binding_over")
    with transaction() as session:
        assert bind_by_registration(session, came) is None
    assert history_of(came) == [(sharer, "staff")]
    sharing_holds()


def test_who_may_see_and_change(app: Flask, staff: Http) -> None:
    one, two = make_shopper()[0], make_shopper()[0]
    made = bound(one, two)
    reader = Http(app).as_(make_staff("referral:read"))
    assert reader.get(PATH).status_code == 200
    for answer in (
        reader.post(PATH, body(two, one)),
        reader.post(f"{PATH}/{made}/end", {"reason": REASON}),
        Http(app).as_(make_staff("sharing:read")).get(PATH),
    ):
        assert answer.status_code == 403
    assert error_code(staff.post(f"{PATH}/{2**62}/end", {"reason": REASON})) == "binding_not_found"
    for reason in ("", " ", "x" * 201, None):
        answer = staff.post(f"{PATH}/{made}/end", {"reason": reason})
        assert answer.status_code == 422
    assert history_of(two) == [(one, None)]
